"""Checking GS1 codes: lines a second, against the promised 20,000."""

from __future__ import annotations

import statistics
import time

from ocop_hub.cli.bench.frame import RUNS, BenchResult, notes
from ocop_hub.gs1.check import check_line

#: Lines a second that are promised.
PROMISED = 20_000
LINES = 20_000


def lines(count: int = LINES) -> list[str]:
    """Right and wrong codes of every kind that scanners send."""
    kinds = (
        "https://ocop.example.vn/01/08938505970011/10/LO{n}/21/S{n}",
        "(01)08938505970011(10)LO{n}(17)261231",
        "https://ocop.example.vn/01/08938505970012/10/LO{n}",
        "^010893850597001110LO{n}",
    )
    return [kinds[n % len(kinds)].format(n=n) for n in range(count)]


def run() -> BenchResult:
    """Five runs over the same lines; the figure is the median."""
    asked = lines()
    rates = []
    for _ in range(RUNS):
        started = time.perf_counter()
        for line in asked:
            check_line(line)
        rates.append(len(asked) / (time.perf_counter() - started))
    figure = statistics.median(rates)
    return BenchResult(
        "gs1", figure, "lines/s", PROMISED, figure / PROMISED, notes=notes("limit: the promised rate")
    )
