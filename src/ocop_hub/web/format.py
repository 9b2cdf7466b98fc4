"""How numbers, days and amounts are written for people (glossary), in Vietnamese, English and Chinese.

Everything takes the language last and returns plain text; ``render`` binds the language and makes these
Jinja filters of the same names. Ratios are 0–1, money whole đồng, weight grams, moments aware.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

from ocop_hub.kit import clock

Lang = Literal["vi", "en", "zh"]

_ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ABSENT = "–"


def number(value: int | float | Decimal | None, digits: int | None = None, *, lang: Lang = "vi") -> str:
    """``1.234`` | ``1,234``. ``digits`` is the greatest number of decimals (default 3); zeros at the end go."""
    if value is None:
        return _ABSENT
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-(3 if digits is None else digits)), ROUND_HALF_UP)
    text = f"{exact:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


def percent(ratio: float | Decimal | Fraction | None, digits: int = 1, *, lang: Lang = "vi") -> str:
    """``89,9%`` from 0.8993; half is rounded up; a whole percentage has no decimals. None is a dash."""
    if ratio is None:
        return _ABSENT
    share = (
        Decimal(ratio.numerator) / Decimal(ratio.denominator)
        if isinstance(ratio, Fraction)
        else Decimal(str(ratio))
    )
    return number(share * 100, digits, lang=lang) + "%"


def points(difference: float | Decimal | None, digits: int = 1, *, lang: Lang = "vi") -> str:
    """A change of a percentage with its sign, e.g. ``+1,4`` from 0.014: percentage points, no sign %."""
    if difference is None:
        return _ABSENT
    text = number(abs(Decimal(str(difference))) * 100, digits, lang=lang)
    return text if text == "0" else ("+" if difference > 0 else "−") + text


def fraction(part: int, whole: int, *, lang: Lang = "vi") -> str:
    """``393/437``, both with thousands marks."""
    return f"{number(part, lang=lang)}/{number(whole, lang=lang)}"


def money(dong: int | None, *, lang: Lang = "vi") -> str:
    """``120.000 đ`` | ``120,000 đ``."""
    return _ABSENT if dong is None else f"{number(dong, lang=lang)} đ"


def weight(grams: int | None, *, lang: Lang = "vi") -> str:
    """``500 g``; from 1,000 g on in kilograms: ``1 kg``, ``1,5 kg``."""
    if grams is None:
        return _ABSENT
    return (
        f"{number(grams, lang=lang)} g" if grams < 1000 else f"{number(Decimal(grams) / 1000, lang=lang)} kg"
    )


def day(value: date | datetime | None, *, lang: Lang = "vi") -> str:
    """``30/9/2026`` | ``30 Sep 2026`` | ``2026年9月30日``. A moment is taken to the business day on which it falls."""
    if value is None:
        return _ABSENT
    plain = clock.business_day(value) if isinstance(value, datetime) else value
    if lang == "vi":
        return f"{plain.day}/{plain.month}/{plain.year}"
    if lang == "zh":
        return f"{plain.year}年{plain.month}月{plain.day}日"
    return f"{plain.day} {_ENGLISH_MONTHS[plain.month - 1]} {plain.year}"


def moment(value: datetime | None, *, lang: Lang = "vi") -> str:
    """``14:05, 30/9/2026`` | ``14:05, 30 Sep 2026`` on Vietnamese clocks."""
    if value is None:
        return _ABSENT
    if lang == "zh":
        return f"{day(value, lang=lang)} {value.astimezone(clock.BUSINESS_ZONE):%H:%M}"
    return f"{value.astimezone(clock.BUSINESS_ZONE):%H:%M}, {day(value, lang=lang)}"


def ago(value: datetime | None, now: datetime | None = None, *, lang: Lang = "vi") -> str:
    """``vừa xong``, ``5 phút trước``, ``2 giờ trước``, ``3 ngày trước``; past 30 days the day itself."""
    if value is None:
        return _ABSENT
    gap = max((now or clock.now()) - value, timedelta())
    if gap < timedelta(minutes=1):
        return {"vi": "vừa xong", "en": "just now", "zh": "刚刚"}[lang]
    if gap < timedelta(hours=1):
        return _ago(gap // timedelta(minutes=1), ("phút", "minute", "分钟"), lang)
    if gap < timedelta(days=1):
        return _ago(gap // timedelta(hours=1), ("giờ", "hour", "小时"), lang)
    if gap <= timedelta(days=30):
        return _ago(gap.days, ("ngày", "day", "天"), lang)
    return day(value, lang=lang)


def _ago(count: int, unit: tuple[str, str, str], lang: Lang) -> str:
    vietnamese, english, chinese = unit
    if lang == "vi":
        return f"{count} {vietnamese} trước"
    if lang == "zh":
        return f"{count}{chinese}前"
    return f"{count} {english}{'' if count == 1 else 's'} ago"
