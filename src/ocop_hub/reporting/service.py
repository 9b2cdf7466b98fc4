"""Deciding by which rule the province reports: a rule is never edited, it is followed by the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.kit.text import clean
from ocop_hub.marketplaces.contract import Grade
from ocop_hub.producers.actor import Actor, require_office
from ocop_hub.reporting.errors import RuleGoesBack
from ocop_hub.reporting.models import CoverageRule, Denominator, ListingRule, OffSeason
from ocop_hub.reporting.rules import check_days, known_marketplaces, rules

#: Advisory lock under which the next number is given ("rule" in ASCII).
_NUMBER_LOCK: Final = 0x72756C65


@dataclass(frozen=True, slots=True)
class NewRule:
    """What the province decided, and from which day it counts so."""

    valid_from: date
    name: str
    denominator: Denominator
    listing_rule: ListingRule
    least_evidence: Grade
    marketplaces: tuple[str, ...]
    live_days: int = 0
    period_days: int = 90
    off_season: OffSeason = OffSeason.LAST_IN_SEASON


async def follow_rule(session: AsyncSession, actor: Actor, new: NewRule) -> CoverageRule:
    """Add the next rule. It may begin on the day of the latest one (which it then replaces) or later.

    Raises :class:`RuleGoesBack`, ``RuleWithoutMarketplace``, ``UnknownMarketplace``, ``RuleOutOfRange``, and
    Forbidden unless an office acts.
    """
    require_office(actor)
    marketplaces = await known_marketplaces(session, new.marketplaces)
    if new.listing_rule is ListingRule.LIVE_DAYS:
        check_days(new.live_days, new.period_days)
    await session.execute(select(func.pg_advisory_xact_lock(_NUMBER_LOCK)))
    latest = await session.scalar(rules().limit(1))
    if latest is not None and new.valid_from < latest.valid_from:
        raise RuleGoesBack(
            f"Cách tính số {latest.number} áp dụng từ {latest.valid_from:%d/%m/%Y}; "
            "cách tính mới phải áp dụng từ ngày đó trở đi."
        )
    rule = CoverageRule(
        number=latest.number + 1 if latest else 1,
        valid_from=new.valid_from,
        name=clean(new.name),
        denominator=new.denominator,
        listing_rule=new.listing_rule,
        live_days=new.live_days if new.listing_rule is ListingRule.LIVE_DAYS else 0,
        period_days=new.period_days,
        least_evidence=new.least_evidence,
        off_season=new.off_season,
        marketplaces=list(marketplaces),
        created_by=actor.label,
    )
    session.add(rule)
    await session.flush()  # the row's own time of creation is read back
    audit.record(
        session,
        actor=actor.label,
        action="reporting.follow_rule",
        subject=f"coverage_rule:{rule.id}",
        number=rule.number,
        valid_from=rule.valid_from.isoformat(),
        marketplaces=list(marketplaces),
    )
    return rule
