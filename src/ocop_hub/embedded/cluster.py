"""The files of the embedded database: where they lie, how they are made, what they say.

<data_dir>/postgresql/        0700, ours
    cluster/                  PostgreSQL's data folder, owned by the server's account
    starting.lock             held exclusively while a process starts, joins or stops the server
    users.lock                held shared by every process that uses the server
    server.lock               held by the server's own processes, through an inherited descriptor
    server.log                what the server says
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ocop_hub.embedded import programs
from ocop_hub.embedded.account import Account
from ocop_hub.embedded.errors import NotPermitted, OtherMajorVersion
from ocop_hub.embedded.failures import failure

SUPERUSER = "ocop_hub_root"
SOCKET_ONLY_PORT = 5432  # names the socket file only; nothing listens on TCP
_SOCKET_FOLDER = "ocop-hub-"
_UNIX_SOCKET_LIMIT = 103  # bytes: macOS's sun_path; Linux has four more
_LOG_LIMIT = 10_000_000  # bytes

_SETTINGS = """\
# Written by ocop_hub at every start; changes are lost. Your own settings go after the include line of
# postgresql.conf and win over these.
listen_addresses = '{listen}'
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
cluster_name = 'ocop_hub'
max_connections = 200
shared_buffers = 128MB
fsync = on
full_page_writes = on
synchronous_commit = on
password_encryption = 'scram-sha-256'
lc_messages = 'C'
timezone = 'UTC'
log_timezone = 'UTC'
"""

# The socket lies in a 0700 folder of the server's account: who reaches it could read the files anyway. Over
# TCP every local user knocks, so there a password is asked and the superuser is not let in at all.
_ADMISSION = f"""\
# Written by ocop_hub at every start; changes are lost.
local all all trust
local replication all trust
host all {SUPERUSER} all reject
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder ``<data_dir>/postgresql``."""

    data_dir: Path

    @property
    def folder(self) -> Path:
        return self.data_dir / "postgresql"

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def lock_file(self, subject: str) -> Path:
        return self.folder / f"{subject}.lock"

    def prepare(self) -> None:
        """Make the folder where it is missing."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True, slots=True)
class PidFile:
    """What ``postmaster.pid`` says (PostgreSQL's ``utils/pidfile.h``); it may be stale."""

    pid: int
    port: int
    socket_dir: Path
    on_tcp: bool
    ready: bool

    @staticmethod
    def read(cluster: Path) -> PidFile | None:
        """None when there is none or it is not complete yet."""
        try:
            lines = (cluster / "postmaster.pid").read_text().splitlines()
            return PidFile(
                int(lines[0]),
                int(lines[3]),
                Path(lines[4]),
                bool(lines[5].strip()),
                lines[7].strip() == "ready",
            )
        except (FileNotFoundError, IndexError, ValueError):
            return None


def major_of(cluster: Path) -> int:
    """The major version the data belong to. OtherMajorVersion unless it is the programs'."""
    written = (cluster / "PG_VERSION").read_text().strip()
    if written != str(programs.MAJOR):
        raise OtherMajorVersion(
            f"Dữ liệu trong {cluster} thuộc PostgreSQL {written}, còn bản ocop_hub này đi kèm PostgreSQL "
            f"{programs.MAJOR}. Dữ liệu chưa bị thay đổi. Hãy mở bằng bản ocop_hub đã tạo ra nó, sao lưu bằng "
            "ocop-hub backup, rồi phục hồi vào thư mục mới bằng bản này; hoặc đặt OCOP_HUB_DATA_DIR vào thư mục khác."
        )
    return int(written)


@contextmanager
def handle_on(folder: Path) -> Iterator[tuple[str, int]]:
    """A name for an open folder that PostgreSQL can use, and the descriptor it must inherit for that.

    On Linux the name is ``/proc/self/fd/N``: the kernel goes straight to the folder, so the server's account
    needs no way through private parents (``/root``), and blanks, quotes, dollar signs or a path longer than
    PostgreSQL's 1,023 bytes never meet its programs or the shell behind ``pg_ctl``. Elsewhere it is the path.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        name = f"/proc/self/fd/{descriptor}"
        yield (name if Path(name).is_dir() else str(folder)), descriptor
    finally:
        os.close(descriptor)


def create(home: Home, account: Account) -> None:
    """Make a new database cluster; it appears under its name only when it is complete and on disk.

    The built-in locale ``C.UTF-8`` is PostgreSQL's own, so it is there and the same on every system.
    """
    for left_over in home.folder.glob("making-*"):
        shutil.rmtree(left_over)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=home.folder))
    try:
        account.own(making)
        with handle_on(making) as (name, descriptor):
            done = programs.run(
                [
                    programs.folder_for(account) / "initdb",
                    *("--pgdata", name, "--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8"),
                    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
                    *("--no-instructions",),
                ],
                account,
                keep=[descriptor],
            )
        if done.returncode != 0:
            raise failure(home.data_dir, done.stdout)
        settings = (making / "postgresql.conf").read_text()
        _write(making / "postgresql.conf", settings + "\ninclude = 'ocop_hub.conf'\n", account)
        making.rename(home.cluster)
        _sync(home.folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def configure(home: Home, account: Account, *, port: int) -> None:
    """Write what the server reads at its start: settings, who is admitted, an empty socket folder."""
    sockets = str(_socket_folder(home, account)).replace("'", "''").replace('"', '""')
    settings = _SETTINGS.format(
        listen="127.0.0.1" if port else "", port=port or SOCKET_ONLY_PORT, sockets=f'"{sockets}"'
    )
    for name, text in (("ocop_hub.conf", settings), ("pg_hba.conf", _ADMISSION)):
        _write(home.cluster / name, text, account)


def disown_stale_pid(cluster: Path, account: Account) -> None:
    """Make PostgreSQL ignore the pid in a ``postmaster.pid`` whose server is known to be gone.

    That pid may belong to any process by now, and PostgreSQL would refuse to start. The file is not simply
    removed: it also names the shared memory that PostgreSQL checks before it trusts the folder to be free.
    A pid of its own caller it knows to be no server (``PG_GRANDPARENT_PID``), so that is written in.
    """
    path = cluster / "postmaster.pid"
    try:
        lines = path.read_text().splitlines(keepends=True)
    except FileNotFoundError:
        return
    if PidFile.read(cluster) is None:
        path.unlink()  # cut short, as by a full disk; PostgreSQL stops at such a file
        return
    _write(path, "".join([f"{os.getpid()}\n", *lines[1:]]), account)


def turn_over_log(home: Home) -> None:
    """Begin a new log when the present one is large; one former log is kept."""
    if home.log.exists() and home.log.stat().st_size > _LOG_LIMIT:
        home.log.replace(home.log.with_suffix(".log.1"))


def _socket_folder(home: Home, account: Account) -> Path:
    """A short private folder, the same at every start so that other processes find the server again.

    Root's is under ``/run``, which nobody else writes to. In a shared temporary folder somebody may have put
    something under the name: only a real folder of the account, closed to others, is taken.
    """
    key = hashlib.sha256(os.fsencode(home.folder.resolve())).hexdigest()[:12]
    bases = [Path("/run"), Path("/tmp")] if account.drop else [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108
    for base in bases:
        for attempt in range(4):
            folder = base / f"{_SOCKET_FOLDER}{account.uid}-{key}-{attempt}"
            if len(os.fsencode(folder)) + len("/.s.PGSQL.65535") <= _UNIX_SOCKET_LIMIT and _take(
                folder, account
            ):
                return folder
    raise NotPermitted(
        f"Không tạo được thư mục socket của PostgreSQL trong {bases[0]} hay {bases[1]}. Hãy cho phép ghi vào một "
        "trong hai thư mục đó, hoặc đặt TMPDIR vào thư mục có đường dẫn ngắn."
    )


def _take(folder: Path, account: Account) -> bool:
    try:
        folder.mkdir(mode=0o700)
        account.own(folder)
    except FileExistsError:
        pass
    except OSError:
        return False
    seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != account.uid or stat.S_IMODE(seen.st_mode) & 0o077:
        return False
    for left_over in folder.glob(".s.PGSQL.*"):
        left_over.unlink()
    return True


def _write(path: Path, text: str, account: Account) -> None:
    """Replace a file in a folder of the server's account without following what that account may have put
    under the name: root must not be led to write elsewhere."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:
        file.write(text)
    account.own(fresh)
    fresh.replace(path)


def remove_socket_folder(folder: Path) -> None:
    """Remove the folder that ``configure`` made, once the server has removed its socket."""
    if folder.name.startswith(_SOCKET_FOLDER):
        with suppress(OSError):
            folder.rmdir()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
