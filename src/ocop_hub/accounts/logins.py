"""What people type as their login, in one written form: E.164 for a phone, lower case for an e-mail."""

from __future__ import annotations

import re

import phonenumbers

from ocop_hub.accounts.errors import BadLogin
from ocop_hub.errors import FieldProblem
from ocop_hub.kit.text import clean

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
LONGEST = 254


def normal_phone(text: str) -> str:
    """``+84912345678`` from any usual way of writing a number, Vietnamese unless it says otherwise."""
    try:
        number = phonenumbers.parse(clean(text), "VN")
    except phonenumbers.NumberParseException as error:
        raise _bad("phone", text) from error
    if not phonenumbers.is_valid_number(number):
        raise _bad("phone", text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_email(text: str) -> str:
    """The address in lower case; only its form is looked at."""
    email = clean(text).lower()
    if len(email) > LONGEST or not _EMAIL.fullmatch(email):
        raise _bad("email", text)
    return email


def normal_login(text: str) -> str:
    """Phone or e-mail, whichever it is. Raises :class:`BadLogin`."""
    if not clean(text):
        problem = "Hãy nhập số điện thoại hoặc thư điện tử, ví dụ 0912 345 678."
        raise BadLogin(problem, fields=[FieldProblem("phone", "missing", problem)])
    return normal_email(text) if "@" in text else normal_phone(text)


def _bad(field: str, text: str) -> BadLogin:
    thing = "Số điện thoại" if field == "phone" else "Thư điện tử"
    example = "0912 345 678" if field == "phone" else "ten@vidu.vn"
    problem = f"{thing} chưa đúng. Hãy viết như ví dụ: {example}."
    return BadLogin(problem, fields=[FieldProblem(field, "malformed", problem)])
