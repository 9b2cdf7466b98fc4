from __future__ import annotations

from datetime import date

import pytest

from ocop_hub.traceability.errors import LayoutInvalid
from ocop_hub.traceability.labels.layouts import Layout, layout_on, layouts, own_layout


def own(**given: object) -> Layout:
    usual: dict[str, object] = {
        "page": (210.0, 297.0),
        "columns": 2,
        "rows": 5,
        "label": (90.0, 50.0),
        "first": (10.0, 10.0),
        "pitch": (95.0, 52.0),
    }
    return own_layout(**(usual | given))  # type: ignore[arg-type]  # each test changes one field


def test_the_shipped_ones_fit_their_pages() -> None:
    assert {"a4-3x8", "a4-4x10"} <= layouts().keys()
    assert layout_on("a4-3x8", date(2026, 11, 22)).per_page == 24


def test_an_unknown_key_names_the_known() -> None:
    with pytest.raises(LayoutInvalid, match="a4-3x8"):
        layout_on("a5", date(2026, 11, 22))


def test_a_layout_holds_from_its_day_on() -> None:
    with pytest.raises(LayoutInvalid):
        layout_on("a4-3x8", date(2025, 12, 31))


def test_ones_own() -> None:
    assert own().size == "90 × 50 mm"
    assert own().shifted(1.5, -2).first == (11.5, 8.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pitch": (80.0, 52.0)}, "chồng lên nhau"),
        ({"columns": 3}, "ra ngoài trang"),
        ({"first": (-5.0, 0.0)}, "ra ngoài trang"),
        ({"label": (10.0, 50.0)}, "không in được"),
        ({"page": (2000.0, 297.0)}, "không in được"),
        ({"rows": 0}, "từ 1 đến 100 hàng"),
    ],
)
def test_what_cannot_be_printed_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(LayoutInvalid, match=said):
        own(**given)


def test_a_large_offset_is_refused() -> None:
    with pytest.raises(LayoutInvalid, match="20 mm"):
        own().shifted(21, 0)
