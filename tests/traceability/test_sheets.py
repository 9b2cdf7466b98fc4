from __future__ import annotations

from datetime import date

import pytest

from ocop_hub.traceability.errors import LabelCountInvalid, LabelUnreadable, LayoutInvalid
from ocop_hub.traceability.labels.layouts import layout_on, own_layout
from ocop_hub.traceability.labels.sheets import (
    MOST_ON_SHEETS,
    Address,
    Mark,
    SheetFacts,
    sheet_pdf,
    test_page,
)

A4 = layout_on("a4-3x8", date(2026, 11, 22))
FACTS = SheetFacts("Chả mực Hạ Long", "HTX Thoan", ("Số lô: LO-1", "NSX: 01/11/2026", "HSD: 01/05/2027"), 4)
STEM = "truyxuat.example.vn/01/08936000000011/10/LO-1"


def addresses(count: int) -> list[Address]:
    letters = [f"{STEM}/21/QSC430PADVYATK{n:02d}" for n in range(count)]
    return [Address(f"HTTPS://{each.upper()}", each) for each in letters]


class TestSheetPdf:
    @pytest.mark.parametrize("trial", [True, False])
    def test_a_serial_each(self, trial: bool) -> None:
        facts = SheetFacts(FACTS.product_name, FACTS.producer_name, FACTS.lines, 4, trial)
        pdf = sheet_pdf(facts, addresses(25), A4, copies=25, template="label-1")
        assert pdf.startswith(b"%PDF-")

    def test_one_address_on_all_pages_of_a_long_run(self) -> None:
        pdf = sheet_pdf(FACTS, addresses(1), A4, copies=100, template="label-1")
        assert pdf.startswith(b"%PDF-")

    def test_the_same_facts_make_smaller_words_for_long_names(self) -> None:
        long = SheetFacts("Chả mực giã tay thượng hạng " * 8, "Hợp tác xã " * 12, FACTS.lines, 5)
        assert sheet_pdf(long, addresses(1), A4, copies=1, template="label-1")

    def test_with_the_provinces_mark(self) -> None:
        mark = Mark(
            b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><circle r='4'/></svg>", ".svg"
        )
        with_mark = sheet_pdf(FACTS, addresses(1), A4, copies=1, template="label-1", mark=mark)
        assert with_mark != sheet_pdf(FACTS, addresses(1), A4, copies=1, template="label-1")

    def test_words_of_a_template_language_stay_words(self) -> None:
        facts = SheetFacts('#panic("x") *a* $b$ <c> @d', "\\ ` _ // /* [", ("#let x",))
        assert sheet_pdf(facts, addresses(1), A4, copies=1, template="label-1")

    @pytest.mark.parametrize("copies", [0, -1, MOST_ON_SHEETS + 1])
    def test_refuses_a_count_no_file_holds(self, copies: int) -> None:
        with pytest.raises(LabelCountInvalid):
            sheet_pdf(FACTS, addresses(1), A4, copies=copies, template="label-1")

    def test_refuses_a_label_too_small_for_its_symbol(self) -> None:
        small = own_layout(page=(30, 20), columns=1, rows=1, label=(30, 20), first=(0, 0), pitch=(30, 20))
        with pytest.raises(LayoutInvalid, match="quá nhỏ"):
            sheet_pdf(FACTS, addresses(1), small, copies=1, template="label-1")

    def test_a_symbol_that_leaves_the_paper_stops_the_file(self) -> None:
        with pytest.raises(LabelUnreadable):
            sheet_pdf(FACTS, addresses(24), A4.shifted(-15, 0), copies=24, template="label-1")

    def test_an_unknown_template_is_a_fault_of_ours(self) -> None:
        with pytest.raises(ValueError, match="label-0"):
            sheet_pdf(FACTS, addresses(1), A4, copies=1, template="label-0")


def test_the_test_page_needs_no_lot() -> None:
    for layout in (A4, layout_on("cuon-50x30", date(2026, 11, 22))):
        assert test_page(layout).startswith(b"%PDF-")


test_page.__test__ = False  # type: ignore[attr-defined]  # a function under test, not a test
