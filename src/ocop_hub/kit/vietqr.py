"""VietQR: the text of a bank transfer's QR code, made and drawn as a card for the counter.

Source: EMVCo QR Code Specification for Payment Systems (merchant-presented mode) with NAPAS' template
A000000727 in field 38.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ocop_hub.kit.cards import Line, a6_card

_NAPAS = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
LONGEST_TEXT = 25
_BIN = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")

#: Names for the largest banks, for people to compare with their app; other numbers are shown as they are.
BANKS: Mapping[str, str] = MappingProxyType(
    {
        "970403": "Sacombank",
        "970405": "Agribank",
        "970407": "Techcombank",
        "970415": "VietinBank",
        "970416": "ACB",
        "970418": "BIDV",
        "970422": "MB",
        "970423": "TPBank",
        "970432": "VPBank",
        "970436": "Vietcombank",
        "970441": "VIB",
        "970449": "LPBank",
    }
)


@dataclass(frozen=True, slots=True)
class Transfer:
    """To whom and how much. ``bank`` is the six-digit number of the bank, ``amount_vnd`` None where the payer
    types it. ``purpose`` and ``reference`` are ASCII, at most 25 characters.
    """

    bank: str
    account: str
    amount_vnd: int | None = None
    purpose: str = ""
    reference: str = ""
    service: str = TO_ACCOUNT

    @property
    def bank_name(self) -> str:
        """The bank as people call it, or its number."""
        return BANKS.get(self.bank, self.bank)


def payload(transfer: Transfer) -> str:
    """The text of the code. Raises ``ValueError`` for what the format cannot hold."""
    if not _BIN.fullmatch(transfer.bank) or not _ACCOUNT.fullmatch(transfer.account):
        raise ValueError("bank is six digits, account up to 19 letters and digits")
    if transfer.amount_vnd is not None and not 0 < transfer.amount_vnd < 10**13:
        raise ValueError("amount out of range")
    if any(not text.isascii() or len(text) > LONGEST_TEXT for text in (transfer.purpose, transfer.reference)):
        raise ValueError(f"purpose and reference are ASCII of at most {LONGEST_TEXT} characters")
    beneficiary = _field("00", transfer.bank) + _field("01", transfer.account)
    more = _field("05", transfer.reference) + _field("08", transfer.purpose)
    text = (
        _field("00", "01")
        + _field("01", "11" if transfer.amount_vnd is None else "12")
        + _field("38", _field("00", _NAPAS) + _field("01", beneficiary) + _field("02", transfer.service))
        + _field("53", "704")
        + _field("54", "" if transfer.amount_vnd is None else str(transfer.amount_vnd))
        + _field("58", "VN")
        + _field("62", more)
        + "6304"
    )
    return f"{text}{_crc(text):04X}"


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02}{value}" if value else ""


def _crc(text: str) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, beginning with 0xFFFF."""
    crc = 0xFFFF
    for byte in text.encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return crc


def card_svg(transfer: Transfer, *, holder: str, heading: str) -> str:
    """A card of A6 for the counter with the code, the bank, the account and whose it is.

    Bank and holder stand in plain sight, so that a sticker put over the code is seen. The heading says that
    it is for payment: a trace label looks alike.
    """
    lines = [Line(118, 6, transfer.bank_name), Line(127, 8, transfer.account), Line(136, 6, holder)]
    return a6_card(payload(transfer), heading=heading, lines=lines)
