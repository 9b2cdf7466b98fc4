"""Which rule (cách tính) answers a question: the one in force on the day, or a trial built from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.marketplaces.contract import Grade
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.reporting.errors import (
    NoRuleYet,
    RuleOutOfRange,
    RuleWithoutMarketplace,
    UnknownMarketplace,
)
from ocop_hub.reporting.models import CoverageRule, Denominator, ListingRule, OffSeason

TRIAL_NOTE = "thử, không phải cách tính chính thức"
LONGEST_PERIOD = 366


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A rule as it is applied. ``official`` is False as soon as anything was changed for a trial."""

    number: int
    valid_from: date
    name: str
    denominator: Denominator
    listing_rule: ListingRule
    live_days: int
    period_days: int
    least_evidence: Grade
    marketplaces: tuple[str, ...]
    off_season: OffSeason = OffSeason.LAST_IN_SEASON
    official: bool = True

    @property
    def note(self) -> str:
        """What must be said beside a figure that does not follow the province's rule; else empty."""
        return "" if self.official else TRIAL_NOTE


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a reader wants to try instead; None keeps what the rule says."""

    denominator: Denominator | None = None
    listing_rule: ListingRule | None = None
    live_days: int | None = None
    period_days: int | None = None
    least_evidence: Grade | None = None
    marketplaces: tuple[str, ...] | None = None
    off_season: OffSeason | None = None


def applied(row: CoverageRule) -> AppliedRule:
    """The stored rule as plain data."""
    return AppliedRule(
        number=row.number,
        valid_from=row.valid_from,
        name=row.name,
        denominator=row.denominator,
        listing_rule=row.listing_rule,
        live_days=row.live_days,
        period_days=row.period_days,
        least_evidence=row.least_evidence,
        marketplaces=tuple(row.marketplaces),
        off_season=row.off_season,
    )


def rules() -> Select[CoverageRule]:
    """Every rule, the newest first; they are published, so there is nothing to hide from an officer."""
    return select(CoverageRule).order_by(CoverageRule.number.desc())


async def rule_in_force(session: AsyncSession, as_of: date) -> AppliedRule:
    """The rule the province reports by on that day. Raises :class:`NoRuleYet`."""
    row = await session.scalar(
        select(CoverageRule)
        .where(CoverageRule.valid_from <= as_of)
        .order_by(CoverageRule.valid_from.desc(), CoverageRule.number.desc())
        .limit(1)
    )
    if row is None:
        raise NoRuleYet(f"Ngày {as_of:%d/%m/%Y} chưa có cách tính nào áp dụng. Hãy chọn ngày muộn hơn.")
    return applied(row)


async def try_out(session: AsyncSession, rule: AppliedRule, wanted: Overrides) -> AppliedRule:
    """``rule`` with the reader's changes, marked as a trial when anything differs.

    Raises :class:`RuleWithoutMarketplace`, :class:`UnknownMarketplace`, :class:`RuleOutOfRange`.
    """
    given = {
        name: value
        for name in (
            "denominator",
            "listing_rule",
            "live_days",
            "period_days",
            "least_evidence",
            "off_season",
        )
        if (value := getattr(wanted, name)) is not None
    }
    if wanted.marketplaces is not None:
        given["marketplaces"] = await known_marketplaces(session, wanted.marketplaces)
    changed = replace(rule, **given)
    if changed.listing_rule is ListingRule.LIVE_DAYS:
        check_days(changed.live_days, changed.period_days)
    same = set(changed.marketplaces) == set(rule.marketplaces)
    if same:
        changed = replace(changed, marketplaces=rule.marketplaces)
    return rule if changed == rule else replace(changed, official=False)


async def known_marketplaces(session: AsyncSession, keys: Sequence[str]) -> tuple[str, ...]:
    """The keys in the catalogue's order, each once. Raises for none at all, and for one that is not there."""
    if not keys:
        raise RuleWithoutMarketplace("Hãy chọn ít nhất một sàn để tính tỷ lệ.")
    found = list(await session.scalars(select(MarketplaceRow.key).order_by(MarketplaceRow.position)))
    unknown = sorted(set(keys) - set(found))
    if unknown:
        raise UnknownMarketplace(
            f"Không có sàn “{unknown[0][:60]}”. Các mã sàn dùng được: {', '.join(found)}."
        )
    return tuple(key for key in found if key in set(keys))


def check_days(live_days: int, period_days: int) -> None:
    """Raises :class:`RuleOutOfRange` unless 1 ≤ live_days ≤ period_days ≤ 366."""
    if not 1 <= live_days <= period_days <= LONGEST_PERIOD:
        raise RuleOutOfRange(
            f"Số ngày hiển thị phải từ 1 đến số ngày của kỳ, kỳ dài nhất {LONGEST_PERIOD} ngày; "
            f"đang ghi {live_days} ngày trong kỳ {period_days} ngày."
        )
