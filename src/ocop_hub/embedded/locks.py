"""File locks that the kernel drops when their last holder dies, however it dies.

``flock`` belongs to the open file, not to the process: a child that inherits the descriptor holds the lock
too, and one process may hold a shared lock several times through several descriptors.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path


def open_lock(path: Path) -> int:
    """A new descriptor on the lock file, which is made (0600) when missing. The caller closes it."""
    # Closed in programs we start: one that inherited it would hold the lock after us.
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock if that needs no waiting; whether it was taken."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int, *, seconds: float) -> bool:
    """Take the lock exclusively, waiting at most ``seconds``; whether it was taken."""
    deadline = time.monotonic() + seconds
    # flock knows no deadline, and signals that would break it off belong to the main thread.
    while not try_lock(descriptor):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True
