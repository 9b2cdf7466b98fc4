"""A process that uses the embedded database, driven by a test: one JSON object in argv, lines in and out.

Prints ``{"url": …}`` once it holds a lease, or ``{"error": …, "detail": …}``. The line ``release`` on stdin
releases the lease and is answered; at the end of stdin the process exits without releasing by hand.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any


def say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main(task: dict[str, Any]) -> None:
    if task["library"]:
        sys.path.insert(0, task["library"])
    from ocop_hub import embedded  # everything is imported before the uid is dropped

    if task["ignore_interrupt"]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if task["file_limit"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (task["file_limit"], task["file_limit"]))
    if task["uid"]:
        os.setgroups([])
        os.setgid(task["gid"])
        os.setuid(task["uid"])
    try:
        lease = embedded.start(Path(task["data_dir"]), port=task["port"])
    except embedded.EmbeddedError as refusal:
        say({"error": type(refusal).__name__, "detail": refusal.detail})
        return
    say({"url": lease.server.url("postgres", embedded.SUPERUSER)})
    for line in sys.stdin:
        if line.strip() == "release":
            lease.release()
            say({"released": True})


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
