"""The PostgreSQL that comes with the program, used when no ``OCOP_HUB_DATABASE_URL`` is set.

``start`` starts the server of a data folder or joins it; the ``Lease`` it returns keeps the server up. All
calls block; from async code use ``asyncio.to_thread``. Linux and macOS, as root or as a normal user.

As root the server runs under an unprivileged account (see ``account``). The data stay where they are even
under private folders such as ``/root``, whose permissions are never touched: the server gets its data folder
as an open handle (see ``cluster.handle_on``). Programs it could not reach are copied to ``/var/lib/ocop-hub``.
"""

from ocop_hub.embedded.cluster import SUPERUSER
from ocop_hub.embedded.errors import (
    DiskFull,
    EmbeddedError,
    NotAnswering,
    NotPermitted,
    OtherMajorVersion,
    PortDiffers,
    PortInUse,
    ProgramsMissing,
)
from ocop_hub.embedded.programs import tool
from ocop_hub.embedded.server import EmbeddedServer, Lease, start

__all__ = [
    "SUPERUSER",
    "DiskFull",
    "EmbeddedError",
    "EmbeddedServer",
    "Lease",
    "NotAnswering",
    "NotPermitted",
    "OtherMajorVersion",
    "PortDiffers",
    "PortInUse",
    "ProgramsMissing",
    "start",
    "tool",
]
