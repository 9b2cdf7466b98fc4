"""The frame of every bench: a figure held against a limit measured in the same breath.

Machines differ and so do hours of the day. So each bench runs its own work and a plain yardstick in turn, five
times, and reports the medians and their ratio beside the machine it ran on.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Runs of each side, taken in turn.
RUNS = 5


@dataclass(frozen=True, slots=True)
class BenchResult:
    """One measured promise. ``ratio`` is better when higher, whatever the unit's direction."""

    name: str
    figure: float
    unit: str
    #: What the figure is held against: the yardstick's own figure, or the promised one where notes say so.
    limit: float
    ratio: float
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    peak_mb: float | None = None
    notes: str = ""

    def as_dict(self) -> dict[str, object]:
        """As printed: what does not apply is left out."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        kept = {name: value for name, value in fields.items() if value is not None}
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in kept.items()}

    def as_json(self) -> str:
        """One object on one line."""
        return json.dumps(self.as_dict(), ensure_ascii=False)


def interleaved(
    work: Callable[[], float], yardstick: Callable[[], float], *, runs: int = RUNS
) -> tuple[float, float]:
    """Medians of both, measured in turn so that a slow moment of the machine hits both alike."""
    figures, limits = [], []
    for _ in range(runs):
        figures.append(work())
        limits.append(yardstick())
    return statistics.median(figures), statistics.median(limits)


def percentiles_ms(seconds: Sequence[float]) -> tuple[float, float, float]:
    """The 50th, 95th and 99th percentile in milliseconds; at least two measurements."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return cuts[49] * 1000, cuts[94] * 1000, cuts[98] * 1000


def peak_mb() -> float:
    """The most memory this process ever held, in MB (10^6 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def machine() -> str:
    """The machine in one line: figures mean nothing without it."""
    cores = os.cpu_count() or 1
    load = os.getloadavg()[0]
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}, "
        f"load {load:.1f} at the end"
    )


def notes(*parts: str) -> str:
    """Sentences of a bench with the machine at the end."""
    return "; ".join([*(part for part in parts if part), machine()])
