"""How quickly the command answers, and what the web process weighs before anybody asks it anything."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ocop_hub.cli.bench.frame import RUNS, BenchResult, interleaved, notes

HELP_SECONDS = 0.5
REST_MB = 250.0
#: Seconds given to a server to answer for the first time.
PATIENCE = 120.0


def help_time() -> BenchResult:
    """Seconds of ``ocop-hub --help``, beside those of a Python that does nothing."""

    def seconds(*arguments: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        return time.perf_counter() - started

    figure, bare = interleaved(lambda: seconds("-m", "ocop_hub.cli", "--help"), lambda: seconds("-c", ""))
    said = notes("limit: the promised time", f"a bare interpreter takes {bare:.2f} s")
    return BenchResult("help", figure, "s", HELP_SECONDS, HELP_SECONDS / figure, notes=said)


def memory_at_rest() -> BenchResult:
    """Resident memory in MB of ``ocop-hub serve`` once it is ready; the embedded server is not counted."""
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (pid, base):
        _answers(f"{base}/readyz")
        seen = []
        for _ in range(RUNS):
            time.sleep(0.5)
            seen.append(_resident_mb(pid))
    figure = statistics.median(seen)
    said = notes("limit: the promised memory")
    return BenchResult("rest", figure, "MB", REST_MB, REST_MB / figure, peak_mb=max(seen), notes=said)


@contextmanager
def _served(folder: Path) -> Iterator[tuple[int, str]]:
    """The web process on data of its own: its pid and address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_HUB_")}
    environment["OCOP_HUB_DATA_DIR"] = str(folder)
    command = [sys.executable, "-m", "ocop_hub.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process.pid, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> None:
    """Wait until ``url`` answers 200. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"{url} did not answer in {PATIENCE:g} s")


def _resident_mb(pid: int) -> float:
    """What ``ps`` says, in MB (10^6 bytes)."""
    said = subprocess.run(  # noqa: S603 - fixed command
        ["ps", "-o", "rss=", "-p", str(pid)],  # noqa: S607 - found on PATH on every system we run on
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return int(said) * 1024 / 1e6
