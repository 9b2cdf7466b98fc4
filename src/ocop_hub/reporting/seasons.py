"""Months out of season, in a statement: how long ago a product's season was over, and its last instant.

A product without months is in season all year. The months are those the product has now: nobody records when
a season was learnt.
"""

from __future__ import annotations

import calendar
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Subquery, case, literal, literal_column, select

from ocop_hub.catalogue.models import Product
from ocop_hub.kit import clock

_NO_MONTHS: ColumnElement[Any] = literal_column("'[]'::jsonb")


def months_since_season(day: date) -> ColumnElement[int]:
    """Whole months back from the day's to the last one of the product's season: 0 in season, null without one."""
    return case(
        # Most products have no months; they are told apart without looking for any.
        (Product.season_months == _NO_MONTHS, None),
        *((Product.season_months.contains(_month(day, back)), back) for back in range(12)),
    )


def _month(day: date, back: int) -> ColumnElement[Any]:
    return literal_column(f"'{(day.month - back - 1) % 12 + 1}'::jsonb")


def season_end(day: date, months: int) -> datetime:
    """The instant at which the month ``months`` before the day's was over in Vietnam."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = date(year, month + 1, calendar.monthrange(year, month + 1)[1])
    return clock.day_end(last)


def resting(day: date) -> Subquery:
    """Products out of season that day: ``product_id`` and ``ended``, when their last month was over.

    OFFSET keeps the months from being looked for again wherever ``ended`` is used.
    """
    months = months_since_season(day)
    since = (
        select(Product.id.label("product_id"), months.label("months"))
        .where(Product.season_months != _NO_MONTHS)
        .offset(literal_column("0"))
        .subquery("since")
    )
    at = [(since.c.months == n, literal(season_end(day, n), DateTime(timezone=True))) for n in range(1, 12)]
    return select(since.c.product_id, case(*at).label("ended")).where(since.c.months > 0).subquery("resting")
