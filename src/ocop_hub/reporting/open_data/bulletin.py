"""Bản tin loa: the last closed figure for the commune's loudspeaker, in short sentences with numbers in words."""

from __future__ import annotations

from datetime import date
from typing import Final

from ocop_hub.kit.number_words import decimal_in_words, in_words
from ocop_hub.reporting.figures import By, Counts, Row
from ocop_hub.reporting.open_data.service import Closed
from ocop_hub.reporting.periods.closing import counts_of, rows_of

#: Communes named in a bulletin of the whole province; more would not be listened to.
NAMED: Final = 5


def bulletin(place: str, latest: Closed, before: Closed | None = None, unit: Row | None = None) -> str:
    """The text to read aloud. ``place``: "tỉnh …" or "thành phố …"; ``unit``: a commune's own line of the figure.

    Everything in it comes from closed figures, so that reading it again next week says the same.
    """
    counts = counts_of(latest.figure.counts)
    units = rows_of(latest.figure.cuts.get(By.UNIT.value, ()))
    said = [
        f"Bản tin sản phẩm OCOP của {place}.",
        f"{_day(latest.period.as_of)}, {place} có {_count(counts.denominator)} được tính tỷ lệ lên sàn.",
        _listed(counts),
    ]
    if before is not None:
        said.append(_moved(counts, counts_of(before.figure.counts)))
    if unit is not None:
        said += _of_unit(unit)
    else:
        said += _of_units(units)
    said += [
        "Cơ sở nào có sản phẩm chưa lên sàn, xin liên hệ cán bộ xã "
        "hoặc Tổ công nghệ số cộng đồng để được giúp.",
        f"Số liệu đã chốt theo văn bản số {latest.figure.document_number}, "
        f"{_day(latest.figure.document_date).lower().removeprefix('tính đến ')}.",
        "Xin cảm ơn bà con đã lắng nghe.",
    ]
    return "\n".join(said) + "\n"


def unit_row(latest: Closed, unit_id: str) -> Row | None:
    """A commune's line of the closed figure; None where it had no product."""
    rows = rows_of(latest.figure.cuts.get(By.UNIT.value, ()))
    return next((row for row in rows if row.key == unit_id), None)


def _day(day: date) -> str:
    return f"Tính đến ngày {day.day} tháng {day.month} năm {day.year}"


def _count(products: int) -> str:
    return f"{in_words(products)} sản phẩm"


def _share(counts: Counts) -> str:
    share = counts.percent
    return "không có tỷ lệ" if share is None else f"{decimal_in_words(share)} phần trăm"


def _listed(counts: Counts) -> str:
    if not counts.numerator:
        return "Chưa có sản phẩm nào lên sàn thương mại điện tử."
    return f"Trong đó {_count(counts.numerator)} đã lên sàn thương mại điện tử, đạt {_share(counts)}."


def _moved(now: Counts, before: Counts) -> str:
    more = now.numerator - before.numerator
    if more > 0:
        return f"So với kỳ trước, thêm {_count(more)} lên sàn."
    if more < 0:
        return f"So với kỳ trước, bớt {_count(-more)} trên sàn."
    return "So với kỳ trước, số sản phẩm trên sàn không đổi."


def _of_unit(row: Row) -> list[str]:
    counts = row.counts
    if not counts.not_listed:
        return [f"{row.label} có {_count(counts.denominator)}, tất cả đã lên sàn."]
    if not counts.numerator:
        return [f"{row.label} có {_count(counts.denominator)}, chưa có sản phẩm nào lên sàn."]
    return [
        f"{row.label} có {_count(counts.denominator)}, {_count(counts.numerator)} đã lên sàn, "
        f"còn {_count(counts.not_listed)} chưa lên sàn."
    ]


def _of_units(rows: tuple[Row, ...]) -> list[str]:
    known = [row for row in rows if row.key]
    whole = [row for row in known if row.counts.denominator and not row.counts.not_listed]
    said = []
    if whole:
        said.append(f"{in_words(len(whole)).capitalize()} xã, phường, đặc khu đã đưa hết sản phẩm lên sàn.")
    most = sorted(known, key=lambda row: -row.counts.not_listed)[:NAMED]
    left = [f"{row.label} còn {_count(row.counts.not_listed)}" for row in most if row.counts.not_listed]
    if left:
        said.append(f"Còn nhiều sản phẩm chưa lên sàn: {'; '.join(left)}.")
    return said
