"""The two calendars: UTC for what happened, the Vietnamese business day for what is counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def business_day(moment: datetime) -> date:
    """The day in Vietnam on which ``moment`` falls."""
    return moment.astimezone(BUSINESS_ZONE).date()


def today() -> date:
    """The business day now."""
    return business_day(now())


def day_start(day: date) -> datetime:
    """The first instant of a business day, in UTC."""
    return datetime.combine(day, time(), BUSINESS_ZONE).astimezone(UTC)


def day_end(day: date) -> datetime:
    """The instant at which a business day is over, in UTC: "as of D" means just before it."""
    return day_start(day + timedelta(days=1))
