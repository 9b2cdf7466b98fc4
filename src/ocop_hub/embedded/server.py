"""Start, join and stop the one server of a data folder.

Three facts are asked of the kernel, never of files that outlive a crash: whether a process uses the server
(``users.lock``), whether a server process lives (``server.lock``, inherited by all of them), and whether the
postmaster answers (its socket). Pids in files are believed only when the process is seen in our data folder.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from ocop_hub.embedded import programs
from ocop_hub.embedded.account import Account, account_for
from ocop_hub.embedded.cluster import (
    Home,
    PidFile,
    configure,
    create,
    disown_stale_pid,
    handle_on,
    major_of,
    remove_socket_folder,
    turn_over_log,
)
from ocop_hub.embedded.errors import NotAnswering, PortDiffers
from ocop_hub.embedded.failures import explained, failure
from ocop_hub.embedded.locks import open_lock, try_lock, wait_lock

START_SECONDS = 120  # crash recovery of a large cluster takes its time
STOP_SECONDS = 120
_TURN_SECONDS = START_SECONDS + STOP_SECONDS  # one process before us may stop, then start, the server


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server. ``socket_dir`` and ``port`` are libpq's ``host`` and ``port``."""

    socket_dir: Path
    port: int
    major: int
    data_dir: Path

    def url(self, database: str, user: str) -> str:
        """The connection URL over the private socket, for asyncpg and libpq programs."""
        where = urlencode({"host": str(self.socket_dir), "port": self.port}, quote_via=quote)
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?{where}"


class Lease:
    """The right to use the server; while any process holds one, the server is not stopped.

    Released by ``release``, by leaving ``with``, or when the interpreter exits. A process that is killed loses
    its lease at once but leaves the server running for the next one to join.
    """

    def __init__(self, home: Home, server: EmbeddedServer, users: int) -> None:
        self.server = server
        self._home = home
        self._users: int | None = users
        atexit.register(self.release)

    def release(self) -> None:
        """Give the lease back; the last one stops the server and waits until it is down. Harmless twice.

        Raises NotAnswering when the server does not stop within 120 s.
        """
        users, self._users = self._users, None
        if users is None:
            return
        atexit.unregister(self.release)
        try:
            turn = _take_turn(self._home)
        except FileNotFoundError:  # the folder was deleted under us; the server notices and ends by itself
            os.close(users)
            return
        try:
            os.close(users)
            # A new descriptor: our own shared lock is gone, so whoever takes it exclusively is alone.
            last = open_lock(self._home.lock_file("users"))
            try:
                if try_lock(last):
                    _stop(self._home)
            finally:
                os.close(last)
        finally:
            os.close(turn)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def start(data_dir: Path, *, port: int = 0) -> Lease:
    """Start the server of ``data_dir`` or join the running one; blocks until it takes connections.

    A missing cluster is made (1–2 s). ``port`` 0: private Unix socket only; otherwise 127.0.0.1:port as well,
    where a password is asked and the superuser is refused. Raises the subclasses of EmbeddedError.
    """
    home = Home(data_dir.absolute())
    with explained(home.data_dir):
        home.prepare()
        account = account_for(home.cluster)
        turn = _take_turn(home)
        try:
            users = open_lock(home.lock_file("users"))
            try:
                try_lock(users, shared=True)  # taken exclusively only by one whose turn it is
                return Lease(home, _join_or_launch(home, account, port), users)
            except BaseException:
                os.close(users)
                raise
        finally:
            os.close(turn)


def _take_turn(home: Home) -> int:
    """Wait until no other process starts or stops this server; closing the descriptor ends the turn."""
    path = home.lock_file("starting")
    turn = open_lock(path)
    if wait_lock(turn, seconds=_TURN_SECONDS):
        return turn
    os.close(turn)
    raise NotAnswering(
        f"Một tiến trình khác đang khởi động hoặc dừng PostgreSQL trong {home.data_dir} đã quá {_TURN_SECONDS} giây. "
        f"Hãy xem {home.log}, dừng tiến trình đang giữ {path} rồi chạy lại."
    )


def _join_or_launch(home: Home, account: Account, port: int) -> EmbeddedServer:
    if not home.cluster.exists():
        create(home, account)
    major = major_of(home.cluster)
    deadline = time.monotonic() + START_SECONDS
    while True:
        alive = open_lock(home.lock_file("server"))
        try:
            launched = try_lock(alive)
            if launched:
                _launch(home, account, port, alive)
        finally:
            os.close(alive)
        seen = PidFile.read(home.cluster)
        if launched and seen:
            _insist_on_lock(home, seen)
        # "ready" also stands in the file of a dead postmaster whose last children still live
        if seen and seen.ready and _answers(seen):
            if port and not (seen.on_tcp and seen.port == port):
                raise _port_differs(home, seen, port)
            return EmbeddedServer(seen.socket_dir, seen.port, major, home.data_dir)
        if time.monotonic() >= deadline:
            raise NotAnswering(
                f"PostgreSQL trong {home.data_dir} chưa trả lời sau {START_SECONDS} giây. Nếu máy vừa mất điện, nó có "
                f"thể đang phục hồi: hãy xem {home.log} rồi chạy lại."
            )
        time.sleep(0.05)


def _launch(home: Home, account: Account, port: int, alive: int) -> None:
    """Run ``pg_ctl start``; the new server inherits ``alive``, the locked descriptor of ``server.lock``."""
    if account.drop and home.cluster.stat().st_uid == 0:  # restored or copied by root
        account.own_tree(home.cluster)
    disown_stale_pid(home.cluster, account)
    configure(home, account, port=port)
    turn_over_log(home)
    log = os.open(home.log, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        # What stood in the log before is another start's, and would be told as the reason of this one.
        before = os.fstat(log).st_size
        with handle_on(home.cluster) as (name, descriptor):
            done = programs.run(
                [
                    programs.folder_for(account) / "pg_ctl",
                    *("start", "--wait", "--silent", "--timeout", str(START_SECONDS), "--pgdata", name),
                ],
                account,
                keep=[descriptor, alive],
                output=log,
            )
        if done.returncode != 0:
            said = os.pread(log, 100_000, before).decode(errors="replace")
            raise failure(home.data_dir, said, port=port, log=home.log)
    finally:
        os.close(log)


def _insist_on_lock(home: Home, launched: PidFile) -> None:
    """Stop a new server that did not inherit its lock: ``pg_ctl`` starts it through ``/bin/sh``, and a shell
    that closes descriptors would leave us unable to see that the server lives."""
    probe = open_lock(home.lock_file("server"))
    try:
        if not try_lock(probe):
            return
    finally:
        os.close(probe)
    if _runs_in(launched.pid, home.cluster):
        os.kill(launched.pid, signal.SIGINT)
    raise NotAnswering(
        f"PostgreSQL trong {home.data_dir} vừa khởi động đã dừng, hoặc /bin/sh trên máy này không chuyển khóa "
        f"{home.lock_file('server')} cho nó. Hãy xem {home.log}, dùng dash hoặc bash làm /bin/sh, hoặc đặt "
        "OCOP_HUB_DATABASE_URL."
    )


def _answers(seen: PidFile) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(5)
        try:
            probe.connect(str(seen.socket_dir / f".s.PGSQL.{seen.port}"))
        except OSError:
            return False
    return True


def _stop(home: Home) -> None:
    """Fast shutdown: open transactions roll back, everything committed is on disk."""
    alive = open_lock(home.lock_file("server"))
    try:
        seen = PidFile.read(home.cluster)
        if try_lock(alive) or seen is None or not _runs_in(seen.pid, home.cluster):
            return
        with suppress(ProcessLookupError):
            os.kill(seen.pid, signal.SIGINT)
        if not wait_lock(alive, seconds=STOP_SECONDS):
            raise NotAnswering(
                f"PostgreSQL trong {home.data_dir} (pid {seen.pid}) chưa dừng sau {STOP_SECONDS} giây. Hãy xem "
                f"{home.log}."
            )
        remove_socket_folder(seen.socket_dir)
    finally:
        os.close(alive)


def _runs_in(pid: int, cluster: Path) -> bool:
    """Whether the process works in this cluster. The server may live in another container, where its pid means
    another process. Where there is no ``/proc`` there are no such containers."""
    if not Path("/proc/self").exists():
        return True
    try:
        return Path(f"/proc/{pid}/cwd").samefile(cluster)
    except OSError:
        return False


def _port_differs(home: Home, seen: PidFile, port: int) -> PortDiffers:
    now = f"ở cổng {seen.port}" if seen.on_tcp else "chỉ qua socket nội bộ"
    return PortDiffers(
        f"PostgreSQL trong {home.data_dir} đang chạy {now}, không phải cổng {port} như yêu cầu. Hãy dừng mọi tiến "
        f"trình ocop-hub dùng thư mục này rồi chạy lại, hoặc bỏ OCOP_HUB_EMBEDDED_PORT."
    )
