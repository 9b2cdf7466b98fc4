"""So many at once, so many a second: for everyone together, because no address is kept to tell askers apart."""

from __future__ import annotations

import time
from collections.abc import Callable


class TokenBucket:
    """``burst`` tokens, refilled at ``rate`` a second."""

    def __init__(self, *, rate: float, burst: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._monotonic = monotonic
        self._held = burst
        self._at = monotonic()

    def take(self) -> bool:
        """Take one token; False when there is none."""
        now = self._monotonic()
        self._held = min(self._burst, self._held + (now - self._at) * self._rate)
        self._at = now
        if self._held < 1:
            return False
        self._held -= 1
        return True
