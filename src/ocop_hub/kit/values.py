"""Values as people write them in spreadsheets and forms, read into exact ones.

Every reader takes a cell (text, number, date) and returns the value or raises ``ValueProblem``. A cell that
can be read in two ways is a problem, never a guess. The one assumption is the day before the month.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from ocop_hub.kit.text import clean, fold

# The lowest price taken as meant: below it a sheet nearly always counts in thousands.
MIN_PRICE = 500
MAX_PRICE = 10_000_000_000
MAX_GRAMS = 10_000_000
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
# Day 0 of spreadsheets' 1900 date system, shifted for its false 29 February 1900 (ECMA-376 part 1, 18.17.4.1).
_SERIAL_ZERO = date(1899, 12, 30)

_GROUPED = re.compile(r"\d{1,3}(?P<sep>[., ])\d{3}(?:(?P=sep)\d{3})*")
_GROUPED_AND_DECIMALS = re.compile(
    r"(?P<whole>\d{1,3}(?:(?:\.\d{3})+|(?:,\d{3})+))(?P<sep>[.,])(?P<part>\d{1,2})"
)
_DECIMAL = re.compile(r"(?P<whole>\d+)[.,](?P<part>\d+)")
_MONEY_WORDS = re.compile(r"\s*(?:vnđ|vnd|đồng|dong|đ|₫|d)\.?$")
_MULTIPLIERS = {"triệu": 1_000_000, "trieu": 1_000_000, "tr": 1_000_000,
                "nghìn": 1_000, "nghin": 1_000, "ngàn": 1_000, "ngan": 1_000, "k": 1_000}  # fmt: skip
_MULTIPLIED = re.compile(r"(?P<number>[\d., ]+?)\s*(?P<word>triệu|trieu|tr|nghìn|nghin|ngàn|ngan|k)")
_GRAMS = {"g": 1, "gr": 1, "gam": 1, "gram": 1, "grams": 1, "lang": 100, "kg": 1000, "kilogam": 1000}
_VOLUMES = {"ml", "l", "lit", "cl", "cc"}
_WEIGHT = re.compile(r"(?P<number>\d[\d., ]*?)\s*(?P<unit>[^\W\d]+)?\.?")
_STAR_WORDS = re.compile(r"\b(?:sao|ocop|stars?)\b|[*★⭐\ufe0f]")
_STARS_IN_WORDS = {"ba": 3, "bốn": 4, "năm": 5}
_DAY_FIRST = re.compile(r"(\d{1,2})\s*([/.-])\s*(\d{1,2})\s*\2\s*(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})([/.-])(\d{1,2})\2(\d{1,2})")
_IN_WORDS = re.compile(r"(?:ngay )?(\d{1,2}) thang (\d{1,2}) nam (\d{4})")
_MIDNIGHT = re.compile(r"[ T]00:00(?::00(?:\.0+)?)?$")


class ValueProblem(ValueError):
    """A cell that cannot be taken: ``code`` for programs, ``problem`` a Vietnamese sentence for people."""

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem


def parse_price(value: object, *, scale: int = 1) -> int:
    """Whole đồng from a number or from text such as ``120.000đ``, ``127,000``, ``1,2 triệu``.

    ``scale`` multiplies plain numbers, for a column headed "nghìn đồng" (1000); a number with its own word
    (nghìn, triệu) or sign (đ) is taken as written.
    """
    amount = _price_amount(value, scale)
    if amount != int(amount):
        raise ValueProblem(
            "price_not_whole", f"Giá {_shown(value)} lẻ hơn một đồng; ghi số nguyên, ví dụ 120000."
        )
    if not MIN_PRICE <= amount <= MAX_PRICE:
        raise ValueProblem(
            "price_out_of_range",
            f"Giá {_shown(value)} không hợp lý; ghi đủ số đồng, từ 500 đến 10.000.000.000, ví dụ 120000.",
        )
    return int(amount)


def _price_amount(value: object, scale: int) -> Decimal:
    unreadable = ValueProblem(
        "price_not_number",
        f"Không đọc được giá {_shown(value)}; ghi một số tiền đồng, ví dụ 120000 hoặc 120.000đ.",
    )
    plain = _cell_number(value)
    if plain is not None:
        return plain * scale
    if not isinstance(value, str):
        raise unreadable
    text = clean(value).lower()
    bare = _MONEY_WORDS.sub("", text)
    if multiplied := _MULTIPLIED.fullmatch(bare):
        number = multiplied["number"]
        # "1,200 triệu" may be 1.2 million or 1.2 thousand million.
        amount = None if _GROUPED.fullmatch(number) else _written_number(number)
        if amount is None:
            raise unreadable
        return amount * _MULTIPLIERS[multiplied["word"]]
    amount = _written_number(bare)
    if amount is None:
        raise unreadable
    return amount if bare != text else amount * scale


def parse_grams(value: object, *, scale: int = 1) -> int:
    """Whole grams from a number or from text such as ``150g``, ``1.000``, ``0,5 kg``.

    ``scale`` holds for numbers without a unit, for a column headed "kg" (1000). A volume is refused with the
    code ``weight_is_volume``.
    """
    grams = _grams_amount(value, scale)
    if grams != int(grams):
        raise ValueProblem(
            "weight_not_whole",
            f"Khối lượng {_shown(value)} không tròn gam; ghi số gam nguyên, hoặc ghi kèm đơn vị như 0,5 kg.",
        )
    if not 1 <= grams <= MAX_GRAMS:
        raise ValueProblem(
            "weight_out_of_range",
            f"Khối lượng {_shown(value)} không hợp lý; ghi số gam từ 1 đến 10.000.000.",
        )
    return int(grams)


def _grams_amount(value: object, scale: int) -> Decimal:
    unreadable = ValueProblem(
        "weight_not_number",
        f"Không đọc được khối lượng {_shown(value)}; ghi số gam, ví dụ 500 hoặc 0,5 kg.",
    )
    plain = _cell_number(value)
    if plain is not None:
        return plain * scale
    match = _WEIGHT.fullmatch(clean(value)) if isinstance(value, str) else None
    if match is None:
        raise unreadable
    number, unit = match["number"].strip(), match["unit"]
    if unit is not None and fold(unit) in _VOLUMES:
        raise ValueProblem(
            "weight_is_volume",
            f"{_shown(value)} là thể tích, không phải khối lượng; ghi thể tích vào đơn vị tính, ví dụ chai 500 ml.",
        )
    factor = scale if unit is None else _GRAMS.get(fold(unit))
    if factor is None:
        raise unreadable
    if factor >= 100 and _GROUPED.fullmatch(number) and not number.startswith("0"):
        raise ValueProblem(
            "weight_ambiguous",
            f"Không rõ {_shown(value)} là một nghìn hay là một phẩy không; ghi theo gam, ví dụ 1000 g.",
        )
    amount = _written_number(number)
    if amount is None:
        raise unreadable
    return amount * factor


def parse_stars(value: object) -> int:
    """3, 4 or 5 from a number or from text such as ``4 sao``, ``OCOP 3*``, ``bốn sao``; prose is refused."""
    stars = _cell_number(value)
    if stars is None and isinstance(value, str):
        bare = _STAR_WORDS.sub(" ", clean(value).casefold()).strip()
        bare = str(_STARS_IN_WORDS.get(bare, bare))
        stars = Decimal(bare.replace(",", ".")) if re.fullmatch(r"[0-9]{1,6}(?:[.,]0)?", bare) else None
    if stars is None or stars != int(stars):
        raise ValueProblem(
            "stars_not_number",
            f"Không đọc được hạng sao {_shown(value)}; chỉ ghi 3, 4 hoặc 5, ví dụ 4 sao.",
        )
    if not 3 <= stars <= 5:
        raise ValueProblem(
            "stars_out_of_range",
            f"Hạng sao {int(stars)} không có trong Chương trình OCOP; chỉ ghi 3, 4 hoặc 5.",
        )
    return int(stars)


def parse_date(value: object) -> date:
    """The day from a date cell, a spreadsheet's day number, ``31/12/2023``, ``2-4-2021``, ``2023-12-31`` or
    ``ngày 31 tháng 12 năm 2023``. The day comes before the month.
    """
    day = _cell_day(value)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueProblem(
            "date_out_of_range",
            f"Ngày {day.day}/{day.month}/{day.year} nằm ngoài các năm 1990–2100; xem lại năm.",
        )
    return day


def _cell_day(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    number = _cell_number(value)
    text = clean(value) if isinstance(value, str) else ""
    if number is None and re.fullmatch(r"[0-9]{5}", text):
        number = Decimal(text)
    if number is not None and 1 <= number < 100_000:
        return _SERIAL_ZERO + timedelta(days=int(number))
    return _written_day(_MIDNIGHT.sub("", text), value)


def _written_day(text: str, value: object) -> date:
    if match := _DAY_FIRST.fullmatch(text):
        day, month, year = match[1], match[3], match[4]
    elif match := _YEAR_FIRST.fullmatch(text):
        day, month, year = match[4], match[3], match[1]
    elif match := _IN_WORDS.fullmatch(fold(text)):
        day, month, year = match[1], match[2], match[3]
    else:
        raise ValueProblem(
            "date_not_date",
            f"Không đọc được ngày {_shown(value)}; ghi ngày/tháng/năm đủ bốn chữ số năm, ví dụ 31/12/2023.",
        )
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueProblem(
            "date_not_in_calendar",
            f"Không có ngày {_shown(value)} trong lịch; ghi ngày trước tháng sau, ví dụ 31/12/2023.",
        ) from None


def parse_quantity(value: object) -> Decimal:
    """An amount as people write it: ``12,5``, ``1.200``; positive, at most three decimals, below 10^12."""
    number = _signed(value)
    if number is None or number <= 0 or number >= 10**12 or number != round(number, 3):
        raise ValueProblem(
            "quantity_unreadable", f"Không hiểu số lượng {_shown(value)}; ghi một số dương, ví dụ 12,5."
        )
    return number


def parse_reading(value: object) -> Decimal:
    """What a sensor shows: as :func:`parse_quantity`, but zero and below are taken; −100 to 1,000."""
    number = _signed(value)
    if number is None or not -100 <= number <= 1_000 or number != round(number, 3):
        raise ValueProblem(
            "reading_unreadable", f"Không hiểu số đo {_shown(value)}; ghi một số, ví dụ 4,5 hoặc -18."
        )
    return number


def _signed(value: object) -> Decimal | None:
    if not isinstance(value, str):
        return _cell_number(value)
    text = value.strip().replace("−", "-")
    number = _written_number(text.removeprefix("-"))
    return -number if number is not None and text.startswith("-") else number


def _cell_number(value: object) -> Decimal | None:
    """The exact value of a number cell. A truth value is no number, nor are the infinities."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    # repr gives the digits a person sees in the cell; Decimal(float) would give the binary tail.
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None


def _written_number(text: str) -> Decimal | None:
    """Thousands are groups of three after one kind of separator; one or two digits after it are decimals."""
    text = text.strip()
    if not text.isascii():
        return None
    if text.isdigit():
        return Decimal(text)
    if _GROUPED.fullmatch(text) and not text.startswith("0"):
        return Decimal(re.sub(r"[., ]", "", text))
    if (match := _GROUPED_AND_DECIMALS.fullmatch(text)) and match["sep"] not in match["whole"]:
        return Decimal(re.sub(r"[.,]", "", match["whole"]) + "." + match["part"])
    if match := _DECIMAL.fullmatch(text):
        return Decimal(match["whole"] + "." + match["part"])
    return None


def _shown(value: object) -> str:
    text = (
        clean(value)
        if isinstance(value, str)
        else f"{value:.12g}"
        if isinstance(value, float)
        else str(value)
    )
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"
