"""How long a new user waits: a demo from its command to ``Ready``, with packages already there."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ocop_hub.cli.bench.frame import RUNS, BenchResult, notes

FIRST_SECONDS = 25.0
AGAIN_SECONDS = 8.0


def first_start() -> BenchResult:
    """Seconds to ``Ready`` on an empty folder: database made, sample loaded, stalls connected."""
    seconds = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            seconds.append(_start(Path(folder)))
    figure = statistics.median(seconds)
    said = notes("limit: the promised time; median of 3")
    return BenchResult("demo", figure, "s", FIRST_SECONDS, FIRST_SECONDS / figure, notes=said)


def second_start() -> BenchResult:
    """Seconds to ``Ready`` where a demo was before."""
    with tempfile.TemporaryDirectory() as folder:
        _start(Path(folder))
        seconds = [_start(Path(folder)) for _ in range(RUNS)]
    figure = statistics.median(seconds)
    said = notes("limit: the promised time")
    return BenchResult("demo-again", figure, "s", AGAIN_SECONDS, AGAIN_SECONDS / figure, notes=said)


def _start(folder: Path) -> float:
    """Start a demo, wait for ``Ready``, stop it; gives the seconds to ``Ready``."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_HUB_")}
    command = [sys.executable, "-m", "ocop_hub.cli", "demo", "--port", str(port), "--data-dir", str(folder)]
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said: list[str] = []
    try:
        for line in process.stdout or ():
            said.append(line)
            if line.startswith("Ready:"):
                return time.perf_counter() - started
        raise RuntimeError("the demo ended before it was ready:\n" + "".join(said))
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
