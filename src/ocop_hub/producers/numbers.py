"""Numbers that a producer is known by: tax number, phone, GLN, bank account. Pure."""

from __future__ import annotations

import re

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.vn import mst

from ocop_hub.accounts.errors import BadLogin
from ocop_hub.accounts.logins import normal_email, normal_phone
from ocop_hub.errors import FieldProblem
from ocop_hub.gs1.errors import Gs1Error
from ocop_hub.gs1.identifiers import gln
from ocop_hub.producers.errors import ProducerWrong
from ocop_hub.producers.models import ProducerKind

#: Since 1/7/2025 the representative's personal number stands in for the tax number of a household
#: (Circular 86/2024/TT-BTC): 12 digits, no public check digit, personal data.
PERSONAL_DIGITS = 12
_BETWEEN = re.compile(r"[\s.\-]")
#: Kinds whose papers are in a person's name.
_IN_A_PERSONS_NAME = frozenset({ProducerKind.HOUSEHOLD, ProducerKind.COOPERATIVE_GROUP})


def is_personal(number: str | None) -> bool:
    """Whether a tax number is a person's own: it is never shown."""
    return number is not None and len(number) == PERSONAL_DIGITS


def tax_number(text: str, kind: ProducerKind) -> str:
    """10 digits, 13 for a branch, or 12 where a person stands for the producer. Raises :class:`ProducerWrong`."""
    number = _BETWEEN.sub("", text)
    if is_personal(number) and number.isascii() and number.isdigit():
        if kind not in _IN_A_PERSONS_NAME:
            raise _wrong(
                "tax_number",
                "personal_number",
                "Số có 12 chữ số là số định danh cá nhân, chỉ dùng cho hộ kinh doanh và tổ hợp tác. Hãy ghi mã số "
                "thuế 10 chữ số.",
            )
        return number
    try:
        checked: str = mst.validate(number)
    except InvalidChecksum:
        raise _wrong(
            "tax_number",
            "check_digit",
            "Mã số thuế sai chữ số kiểm tra. Hãy xem lại từng chữ số trên giấy đăng ký.",
        ) from None
    except ValidationError:
        raise _wrong(
            "tax_number",
            "malformed",
            "Mã số thuế có 10 chữ số, hoặc 13 với chi nhánh; hộ kinh doanh dùng số định danh cá nhân 12 chữ số.",
        ) from None
    return checked


def phone(text: str) -> str:
    """E.164. Raises :class:`ProducerWrong`."""
    try:
        return normal_phone(text)
    except BadLogin as wrong:
        raise _wrong("phone", "malformed", wrong.detail) from None


def email(text: str) -> str:
    """Lower case. Raises :class:`ProducerWrong`."""
    try:
        return normal_email(text)
    except BadLogin as wrong:
        raise _wrong("email", "malformed", wrong.detail) from None


def gln13(text: str) -> str:
    """A Global Location Number. Raises :class:`ProducerWrong`."""
    try:
        return gln(_BETWEEN.sub("", text))
    except Gs1Error as wrong:
        raise _wrong("gln", "malformed", wrong.detail) from None


def bank_bin(text: str) -> str:
    """The six digits of a bank (NAPAS). Raises :class:`ProducerWrong`."""
    number = _BETWEEN.sub("", text)
    if not re.fullmatch(r"[0-9]{6}", number):
        raise _wrong("bank_bin", "malformed", "Mã ngân hàng có 6 chữ số, ví dụ 970405 (Agribank).")
    return number


def bank_account(text: str) -> str:
    """An account number. Raises :class:`ProducerWrong`."""
    number = _BETWEEN.sub("", text)
    if not re.fullmatch(r"[0-9A-Za-z]{4,19}", number):
        raise _wrong(
            "bank_account", "malformed", "Số tài khoản có từ 4 đến 19 chữ số hoặc chữ cái không dấu."
        )
    return number


def _wrong(field: str, code: str, problem: str) -> ProducerWrong:
    return ProducerWrong(problem, fields=[FieldProblem(field, code, problem)])
