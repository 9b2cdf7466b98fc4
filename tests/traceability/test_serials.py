from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.traceability.builders import GTIN

from ocop_hub.gs1.cset import CSET82_ORDER
from ocop_hub.traceability.codes import CROCKFORD
from ocop_hub.traceability.labels.serials import (
    MOST_LABELS,
    MOST_RUNS,
    SerialKeys,
    SerialMaker,
    Slot,
    written,
)

KEYS = SerialKeys(b"t" * 32, b"m" * 32)
LOT = "LO-2026-09"
MAKER = SerialMaker(KEYS, subject=GTIN, lot=LOT)

runs = st.integers(1, MOST_RUNS)
indices = st.integers(0, MOST_LABELS - 1)
lots = st.text(CSET82_ORDER, min_size=1, max_size=20)


class TestMakeAndRead:
    @settings(max_examples=100)
    @given(run=runs, index=indices, lot=lots)
    def test_there_and_back(self, run: int, index: int, lot: str) -> None:
        maker = SerialMaker(KEYS, subject=GTIN, lot=lot)
        serial = maker.make(run, index)
        assert len(serial) == 16
        assert set(serial) <= set(CROCKFORD)
        assert maker.read(serial) == Slot(run, index)

    def test_the_format_stays(self) -> None:
        """Labels are printed: another serial for the same place would orphan them."""
        assert MAKER.make(1, 0) == "QSC430PADVYATKSH"
        assert MAKER.make(255, MOST_LABELS - 1) == "ZX5G2CVRNM177SY1"

    def test_a_series_is_what_make_makes(self) -> None:
        assert list(MAKER.series(3, 5, first=10)) == [MAKER.make(3, index) for index in range(10, 15)]

    @pytest.mark.parametrize(("run", "index"), [(0, 0), (256, 0), (1, -1), (1, MOST_LABELS)])
    def test_outside_the_bits_is_refused(self, run: int, index: int) -> None:
        with pytest.raises(ValueError):
            MAKER.make(run, index)

    @pytest.mark.parametrize(
        ("count", "first"), [(0, 0), (-1, 0), (MOST_LABELS + 1, 0), (1, MOST_LABELS), (1, -1)]
    )
    def test_a_series_outside_is_refused(self, count: int, first: int) -> None:
        with pytest.raises(ValueError):
            MAKER.series(1, count, first=first)

    def test_shows_neither_order_nor_size(self) -> None:
        """Neighbours share as many characters as chance gives: one in 32."""
        made = list(MAKER.series(1, 4_000))
        assert len(set(made)) == len(made)
        alike = sum(a == b for one, two in itertools.pairwise(made) for a, b in zip(one, two, strict=True))
        assert alike / (len(made) - 1) / 16 == pytest.approx(1 / 32, rel=0.1)

    def test_other_keys_another_product_or_lot_read_nothing(self) -> None:
        serial = MAKER.make(1, 7)
        assert SerialMaker(SerialKeys.new(), subject=GTIN, lot=LOT).read(serial) is None
        assert SerialMaker(KEYS, subject="08936000000028", lot=LOT).read(serial) is None
        assert SerialMaker(KEYS, subject=GTIN, lot="LO-2026-10").read(serial) is None

    @pytest.mark.parametrize("text", ["", "0", "0" * 15, "0" * 17, "U" * 16, "€" * 16, "ABCDEFGHJKMNPQR "])
    def test_what_is_no_serial_reads_as_none(self, text: str) -> None:
        assert MAKER.read(text) is None
        assert written(text) is None

    def test_keys_come_back_from_one_value(self) -> None:
        keys = SerialKeys.new()
        assert SerialKeys.unpack(keys.packed()) == keys
        with pytest.raises(ValueError):
            SerialKeys.unpack(keys.packed()[:-1])


class TestWritten:
    def test_forgives_hands_and_eyes(self) -> None:
        assert written("ceg0-f1aq-z4me-1mb0") == "CEG0F1AQZ4ME1MB0"
        assert written("CEGOFLAQZ4MEIMBO") == "CEG0F1AQZ4ME1MB0"


def _forged(rng: random.Random) -> Iterator[tuple[SerialMaker, str]]:
    """Serials made up, changed in one to three places, cut together, and moved to another product or lot."""
    true = list(MAKER.series(1, 5_000))
    others = [
        SerialMaker(KEYS, subject=GTIN, lot="LO-2026-10"),
        SerialMaker(KEYS, subject="08936000000028", lot=LOT),
        SerialMaker(SerialKeys.new(), subject=GTIN, lot=LOT),
    ]
    while True:
        yield MAKER, "".join(rng.choices(CROCKFORD, k=16))
        changed = list(rng.choice(true))
        for at in rng.sample(range(16), rng.randint(1, 3)):
            changed[at] = rng.choice(CROCKFORD.replace(changed[at], ""))
        yield MAKER, "".join(changed)
        one, two = rng.sample(true, 2)
        cut = rng.randint(1, 15)
        if (mixed := one[:cut] + two[cut:]) not in (one, two):
            yield MAKER, mixed
        yield rng.choice(others), rng.choice(true)


def test_of_a_million_forged_none_is_accepted() -> None:
    forged = _forged(random.Random(37))
    accepted = 0
    for _ in range(1_000_000):
        maker, serial = next(forged)
        accepted += maker.read(serial) is not None
    assert accepted == 0
    assert MAKER.read(MAKER.make(1, 0)) is not None
