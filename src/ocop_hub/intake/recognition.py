"""From the rows of an office's list to recognition decisions and the certificates under them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import String, any_, cast, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.certificates.decisions import NewDecision, enter_decisions
from ocop_hub.certificates.models import RecognitionDecision
from ocop_hub.certificates.service import Grant, Granted, grant_certificates
from ocop_hub.certificates.validity import default_issuer
from ocop_hub.intake.check import ProductRow
from ocop_hub.kit.text import fold
from ocop_hub.producers.actor import Actor

#: A decision as a row names it: folded number, and the province.
_Named = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Recognised:
    """A stored row that names a decision."""

    row: ProductRow
    product_id: UUID
    producer_id: UUID
    province_id: str | None
    certified_unit_id: str | None
    certified_district_id: str | None


@dataclass(frozen=True, slots=True)
class Recognition:
    """``granted`` counts and refuses by index of ``rows``; ``undated`` rows gave no day of issue to go by."""

    rows: Sequence[Recognised]
    undated: Sequence[Recognised]
    granted: Granted


async def recognise(session: AsyncSession, actor: Actor, rows: Sequence[Recognised]) -> Recognition:
    """Enter the decisions that the rows name, and their certificates. For an office only.

    A row without a day of issue takes its decision's; where that is unknown too, it is left out.
    """
    known = await _known_days(session, rows)
    wanted, dated, undated = _sorted_out(rows, known)
    decisions = await enter_decisions(session, actor, list(wanted.values())) if wanted else {}
    grants = [_grant(each, day, decisions[key]) for each, day, key in dated]
    granted = await grant_certificates(session, actor, grants)
    return Recognition([each for each, _, _ in dated], undated, granted)


async def _known_days(session: AsyncSession, rows: Sequence[Recognised]) -> dict[_Named, date]:
    """Days of decisions entered before, for rows without one; only where the number names one decision."""
    numbers = {(each.row.decision_no or "") for each in rows if each.row.issued_on is None}
    if not numbers:
        return {}
    found = await session.execute(
        select(
            RecognitionDecision.number, RecognitionDecision.issuer_province_id, RecognitionDecision.issued_on
        ).where(RecognitionDecision.number == any_(cast(list(numbers), ARRAY(String()))))
    )
    days: defaultdict[_Named, set[date]] = defaultdict(set)
    for number, province_id, issued_on in found:
        if issued_on is not None:
            days[fold(number), province_id].add(issued_on)
    return {name: next(iter(of)) for name, of in days.items() if len(of) == 1}


def _sorted_out(
    rows: Sequence[Recognised], known: Mapping[_Named, date]
) -> tuple[
    dict[tuple[str, str | None], NewDecision],
    list[tuple[Recognised, date, tuple[str, str | None]]],
    list[Recognised],
]:
    by_name: defaultdict[_Named, list[Recognised]] = defaultdict(list)
    for each in rows:
        by_name[fold(each.row.decision_no or ""), each.province_id].append(each)
    wanted: dict[tuple[str, str | None], NewDecision] = {}
    dated: list[tuple[Recognised, date, tuple[str, str | None]]] = []
    undated: list[Recognised] = []
    for name, named in by_name.items():
        day_for_all = known.get(name) or _one_day(named)
        by_year: defaultdict[int, list[tuple[Recognised, date]]] = defaultdict(list)
        for each in named:
            day = each.row.issued_on or day_for_all
            if day is None:
                undated.append(each)
            else:
                by_year[day.year].append((each, day))
        for year, of_year in by_year.items():
            new = _decision(of_year, year, name[1])
            wanted[new.key] = new
            dated += [(each, day, new.key) for each, day in of_year]
    return wanted, dated, undated


def _one_day(rows: Sequence[Recognised]) -> date | None:
    days = {each.row.issued_on for each in rows if each.row.issued_on is not None}
    return days.pop() if len(days) == 1 else None


def _decision(rows: Sequence[tuple[Recognised, date]], year: int, province_id: str | None) -> NewDecision:
    days = {day for _, day in rows}
    return NewDecision(
        number=rows[0][0].row.decision_no or "",
        # A list often gives the day of each certificate; then the decision's own day is not known.
        issued_on=days.pop() if len(days) == 1 else None,
        year=year,
        # One decision holds several hạng sao; the highest says who could sign it.
        issuer_level=default_issuer(max(each.row.stars for each, _ in rows), min(d for _, d in rows)),
        issuer_province_id=province_id,
    )


def _grant(each: Recognised, day: date, decision: RecognitionDecision) -> Grant:
    return Grant(
        product_id=each.product_id,
        producer_id=each.producer_id,
        decision_id=decision.id,
        stars=each.row.stars,
        issued_on=day,
        expires_on=each.row.expires_on,
        certified_unit_id=each.certified_unit_id,
        certified_district_id=each.certified_district_id,
    )
