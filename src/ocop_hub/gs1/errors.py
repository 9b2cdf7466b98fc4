"""What can be wrong with a GS1 code.

Gs1Error                 base; ``reason`` is the stable fine-grained code
├── WrongLength          an identifier with too few or too many digits
├── NotDigits            a character that is no digit in an identifier
├── WrongCheckDigit      the last digit does not follow from the others
├── DigitalLinkError     a Digital Link URI that breaks a rule
└── ElementStringError   an element string that breaks a rule
"""

from __future__ import annotations

from ocop_hub.errors import Malformed
from ocop_hub.gs1.problems import sentence


class Gs1Error(Malformed):
    """``reason``: stable code, a key of ``problems.SENTENCES``. ``ai``: the field at fault, or empty."""

    code = "gs1-invalid"
    title = "Mã GS1 chưa đúng"

    def __init__(self, reason: str, *, ai: str = "", value: str = "") -> None:
        super().__init__(sentence(reason, ai=ai, value=value))
        self.reason = reason
        self.ai = ai
        self.value = value


class WrongLength(Gs1Error):
    code = "gs1-wrong-length"
    title = "Mã GS1 thiếu hoặc thừa chữ số"


class NotDigits(Gs1Error):
    code = "gs1-not-digits"
    title = "Mã GS1 có ký tự không phải chữ số"


class WrongCheckDigit(Gs1Error):
    code = "gs1-wrong-check-digit"
    title = "Số kiểm tra của mã GS1 không đúng"


class DigitalLinkError(Gs1Error):
    code = "gs1-digital-link"
    title = "Đường dẫn GS1 Digital Link chưa đúng"


class ElementStringError(Gs1Error):
    code = "gs1-element-string"
    title = "Chuỗi dữ liệu GS1 chưa đúng"
