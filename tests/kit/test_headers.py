"""Names of files and weighted wishes as headers."""

from __future__ import annotations

from email.message import Message

import pytest

from ocop_hub.kit.headers import languages, qualities, saved_as


def plain_name(header: str) -> str:
    """The name as Python's own parser reads it."""
    message = Message()
    message["Content-Disposition"] = header.partition("; filename*=")[0]
    return message.get_filename() or ""


class TestSavedAs:
    @pytest.mark.parametrize("name", ["tem.pdf", "bao-cao-2026-09-30.docx", "a b_c.xlsx"])
    def test_a_plain_name_stands_as_it_is(self, name: str) -> None:
        assert saved_as(name) == {"Content-Disposition": f'attachment; filename="{name}"'}

    @pytest.mark.parametrize(
        ("name", "plain"),
        [
            ("Mật ong Ba Chẽ.xlsx", "mat-ong-ba-che.xlsx"),
            ('"x"; filename=y.csv', "x-filename-y.csv"),
            ("a\r\nSet-Cookie: b.pdf", "a-set-cookie-b.pdf"),
            ("★.pdf", "tep.pdf"),
        ],
    )
    def test_any_other_is_said_in_both_ways(self, name: str, plain: str) -> None:
        header = saved_as(name)["Content-Disposition"]
        assert header.isascii()
        assert header.isprintable()
        assert plain_name(header) == plain

    def test_the_full_name_reads_back(self) -> None:
        assert saved_as("Chả mực (1).pdf")["Content-Disposition"].endswith(
            "; filename*=UTF-8''Ch%E1%BA%A3%20m%E1%BB%B1c%20%281%29.pdf"
        )


class TestWishes:
    def test_best_first_without_countries(self) -> None:
        assert languages("vi;q=0.3, en-GB, zh;q=0, fr;q=x") == ("en", "vi")

    def test_refused_ones_are_told_too(self) -> None:
        assert qualities("a;q=0, B;level=1;q=0.5,") == (("a", 0.0), ("b", 0.5))
