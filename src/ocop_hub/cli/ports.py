"""The port a process listens on, taken before anything is started, and what is said where that cannot be."""

from __future__ import annotations

import errno
import socket

from ocop_hub.errors import Unavailable


class PortTaken(Unavailable):
    code = "port-taken"
    title = "Cổng đang có chương trình khác dùng"


class CannotListen(Unavailable):
    code = "cannot-listen"
    title = "Không mở được cổng này"


def take(host: str, port: int, *, command: str) -> socket.socket:
    """A socket bound to the port, not answering yet; the caller closes it.

    ``command`` stands in the sentence that says what to do. Raises :class:`PortTaken`; and
    :class:`CannotListen` where the address is not this machine's or the port is not for this user.
    """
    try:
        family, _, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotListen(f"“{host}” không phải địa chỉ của máy này. Hãy xem lại --host.") from error
    # asyncio sends small answers at once only on sockets that name TCP as their protocol; on others each of them
    # may wait 40 ms for the acknowledgement of the one before.
    taken = socket.socket(family, socket.SOCK_STREAM, protocol)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(address)
    except OSError as error:
        taken.close()
        raise _refused(error, host, port, command) from error
    return taken


def _refused(error: OSError, host: str, port: int, command: str) -> Unavailable:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(
            f"Cổng {port} đang có chương trình khác dùng. Hãy dừng chương trình đó, hoặc chọn cổng khác: "
            f"ocop-hub {command} --port {port + 100}."
        )
    if error.errno == errno.EACCES:
        return CannotListen(
            f"Không có quyền mở cổng {port}. Hãy chọn cổng từ 1024 trở lên: ocop-hub {command} --port 8000."
        )
    return CannotListen(f"“{host}” không phải địa chỉ của máy này. Hãy xem lại --host.")
