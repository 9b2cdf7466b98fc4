"""Why the embedded PostgreSQL cannot serve.

EmbeddedError (Unavailable, 503)
├── ProgramsMissing       the PostgreSQL programs are not installed
├── OtherMajorVersion     the data belong to another major version
├── DiskFull              no room to create or to open the data
├── PortInUse             the TCP port asked for is taken
├── PortDiffers           the server already runs, with another port
├── NotPermitted          the folder, or the data in it, belong to another user
└── NotAnswering          it did not start or stop in time, or ended at once
"""

from __future__ import annotations

from ocop_hub.errors import Unavailable


class EmbeddedError(Unavailable):
    """The embedded database cannot be used; ``detail`` says what is wrong, where, and what to do."""

    code = "embedded-database"
    title = "Cơ sở dữ liệu đi kèm chưa chạy được"


class ProgramsMissing(EmbeddedError):
    code = "embedded-programs-missing"


class OtherMajorVersion(EmbeddedError):
    code = "embedded-other-version"


class DiskFull(EmbeddedError):
    code = "embedded-disk-full"


class PortInUse(EmbeddedError):
    code = "embedded-port-in-use"


class PortDiffers(EmbeddedError):
    code = "embedded-port-differs"


class NotPermitted(EmbeddedError):
    code = "embedded-not-permitted"


class NotAnswering(EmbeddedError):
    code = "embedded-not-answering"
