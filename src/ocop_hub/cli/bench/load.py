"""The load generator: a process of its own, keep-alive connections on loopback, a bounded number of requests.

``python -m ocop_hub.cli.bench.load PORT PATHS CONNECTIONS REQUESTS`` asks for the paths, parted by commas, in turn
and prints one JSON object: ``seconds`` for all, and ``latencies`` (seconds) of each request. An answer other than 200 ends it with a message.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from itertools import cycle


async def load(port: int, paths: Sequence[str], connections: int, requests: int) -> dict[str, object]:
    """Send ``requests`` over ``connections`` at once, each as soon as the answer before it came."""
    turn = cycle([_request(port, path) for path in paths])
    latencies: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for _ in range(requests // connections):
                started = time.perf_counter()
                writer.write(next(turn))
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 200"):
                    raise SystemExit(f"not 200: {head[:200]!r}")
                await reader.readexactly(_length(head))
                latencies.append(time.perf_counter() - started)
        finally:
            writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return {"seconds": time.perf_counter() - started, "latencies": latencies}


def _request(port: int, path: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n"
        "Accept-Language: vi\r\nAccept-Encoding: gzip\r\nUser-Agent: Mozilla/5.0 (Android 9)\r\n\r\n"
    ).encode()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise SystemExit("an answer without content-length")


if __name__ == "__main__":
    _port, _paths, _connections, _requests = sys.argv[1:5]
    _seen = load(int(_port), _paths.split(","), int(_connections), int(_requests))
    sys.stdout.write(json.dumps(asyncio.run(_seen)))
