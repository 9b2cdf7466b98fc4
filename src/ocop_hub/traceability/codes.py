"""The codes a label carries: lot codes as people choose them, and the short codes of ``/t/…``."""

from __future__ import annotations

import re
import secrets

from ocop_hub.gs1.cset import CSET82
from ocop_hub.kit.text import clean, fold
from ocop_hub.traceability.errors import LotCodeInvalid

#: AI 10 holds at most 20 characters (GS1 General Specifications, AI table).
LONGEST_LOT_CODE = 20

#: Crockford's base 32: no I, L, O, U, so that a code read out or typed by hand is not mistaken.
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TRACE_CODE_LENGTH = 10

_MISREAD = str.maketrans("ILO", "110")
_TRACE_CODE = re.compile(f"[{CROCKFORD}]{{{TRACE_CODE_LENGTH}}}")


def new_trace_code() -> str:
    """Ten random characters, 50 bits.

    Installations do not ask each other, so uniqueness across them is a matter of chance: among n codes made
    anywhere, two are alike with a probability below n² / 2^51. One million codes: 0.05 %; ten million: 4.5 %.
    Inside one installation the primary key decides.
    """
    return "".join(secrets.choice(CROCKFORD) for _ in range(TRACE_CODE_LENGTH))


def read_trace_code(text: str) -> str | None:
    """The code as stored, from what was typed or scanned: any case, hyphens, O for 0, I and L for 1."""
    code = text.replace("-", "").upper().translate(_MISREAD)
    return code if _TRACE_CODE.fullmatch(code) else None


def read_lot_code(text: str) -> str:
    """The code as stored, in capitals: ``lo-01`` and ``LO-01`` on a label are one lot.

    Raises :class:`LotCodeInvalid` for an empty or long code and for characters outside CSET 82, with an
    ASCII code to take instead.
    """
    code = clean(text).upper()
    if not code:
        raise LotCodeInvalid("Số lô đang để trống. Hãy nhập một số lô, ví dụ LO-01.", suggestion="LO-01")
    if wrong := "".join(dict.fromkeys(char for char in code if char not in CSET82)):
        raise _outside_cset82(text, wrong)
    if len(code) > LONGEST_LOT_CODE:
        short = code[:LONGEST_LOT_CODE]
        raise LotCodeInvalid(
            f"Số lô “{code}” dài {len(code)} ký tự; trên tem chỉ ghi được {LONGEST_LOT_CODE} ký tự. "
            f"Hãy rút ngắn, ví dụ “{short}”.",
            suggestion=short,
        )
    return code


def suggest_lot_code(name: str) -> str:
    """An ASCII code near a free name: ``Lô cá kho – 01`` gives ``LO-CA-KHO-01``. May be empty."""
    words = fold(name).upper()
    plain = "".join(char if char in CSET82 else " " for char in words)
    return "-".join(plain.split())[:LONGEST_LOT_CODE].rstrip("-")


def _outside_cset82(text: str, wrong: str) -> LotCodeInvalid:
    shown = wrong.replace(" ", "␣")
    suggestion = suggest_lot_code(text)
    advice = f"Hãy dùng số lô “{suggestion}”" if suggestion else "Hãy dùng chữ không dấu và chữ số"
    return LotCodeInvalid(
        f"Số lô “{clean(text)}” có ký tự không ghi được vào mã QR của tem: {shown}. "
        f"{advice} và ghi tên đầy đủ ở ô Tên lô.",
        suggestion=suggestion,
    )
