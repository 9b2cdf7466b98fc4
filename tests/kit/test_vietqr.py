"""VietQR texts against published codes, and the card."""

from __future__ import annotations

import re

import pytest

from ocop_hub.kit.vietqr import Transfer, card_svg, payload

# README of vietnam-qr-pay 1.5.1 (MIT); the checksums were computed again.
PUBLISHED = [
    (
        "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F",
        Transfer("970416", "257678859"),
    ),
    (
        "00020101021238530010A0000007270123000697041601092576788590208QRIBFTTA53037045405100005802VN62150811Chuyen"
        " tien630453E6",
        Transfer("970416", "257678859", 10_000, "Chuyen tien"),
    ),
    (
        "00020101021238530010A0000007270123000697041601092576788590208QRIBFTTA5303704540410005802VN62150811Chuyen"
        " tien6304BBB8",
        Transfer("970416", "257678859", 1_000, "Chuyen tien"),
    ),
    (
        "00020101021138620010A000000727013200069710250118PSP1234567890000000208QRIBFTTA53037045802VN62190515"
        "MOMOW2W123456786304821F",
        Transfer("971025", "PSP123456789000000", reference="MOMOW2W12345678"),
    ),
]


@pytest.mark.parametrize(("text", "transfer"), PUBLISHED)
def test_published_codes(text: str, transfer: Transfer) -> None:
    assert payload(transfer) == text


class TestRefusals:
    @pytest.mark.parametrize(
        "transfer",
        [
            Transfer("97041", "1"),
            Transfer("970416", "12 34"),
            Transfer("970416", "1", 0),
            Transfer("970416", "1", purpose="Chuyển tiền"),
            Transfer("970416", "1", purpose="x" * 26),
        ],
    )
    def test_what_the_format_cannot_hold(self, transfer: Transfer) -> None:
        with pytest.raises(ValueError, match=r"bank|amount|purpose"):
            payload(transfer)


def test_card_names_bank_account_and_holder() -> None:
    svg = card_svg(
        Transfer("970405", "8000205123456"), holder="HTX <Húc Động>" + "x" * 60, heading="Mã QR thanh toán"
    )
    said = re.findall(r">([^<>]+)</text>", svg)
    assert said[:3] == ["Mã QR thanh toán", "Agribank", "8000205123456"]
    assert "HTX &lt;Húc Động&gt;" in said[3]
    assert 'width="105mm"' in svg
    assert svg.count("textLength") == 1
