"""Recognition decisions: entered once, found again by number, year and province."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.certificates.errors import DecisionIncomplete
from ocop_hub.certificates.models import IssuerLevel, RecognitionDecision
from ocop_hub.errors import FieldProblem
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean, fold
from ocop_hub.producers.actor import Actor, require_office


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision as an office knows it.

    ``year`` stands in for ``issued_on`` where only the year is known. Numbers begin again every year, so the
    year is part of what a decision is found by.
    """

    number: str
    issued_on: date | None = None
    year: int | None = None
    issuer_level: IssuerLevel = IssuerLevel.PROVINCE
    issuer_name: str = ""
    issuer_province_id: str | None = None
    note: str = ""

    @property
    def key(self) -> tuple[str, str | None]:
        """Number with year, and province: what makes two decisions the same one."""
        year = self.issued_on.year if self.issued_on else self.year
        return decision_key(self.number, year), self.issuer_province_id


def decision_key(number: str, year: int | None) -> str:
    """The folded number, followed by the year where it is known."""
    return f"{fold(number)} {year}" if year else fold(number)


async def enter_decision(session: AsyncSession, actor: Actor, new: NewDecision) -> RecognitionDecision:
    """The decision of that number, year and province, added when it is new.

    Raises :class:`DecisionIncomplete` without a number, and Forbidden unless an office acts.
    """
    return (await enter_decisions(session, actor, [new]))[new.key]


async def enter_decisions(
    session: AsyncSession, actor: Actor, wanted: Sequence[NewDecision]
) -> dict[tuple[str, str | None], RecognitionDecision]:
    """The decisions by key. What is known of an earlier one stays; a missing date is filled in."""
    require_office(actor)
    if any(not fold(new.number) for new in wanted):
        raise DecisionIncomplete(
            "Quyết định chưa có số. Hãy ghi số quyết định, ví dụ 4261/QĐ-UBND.",
            fields=[FieldProblem("number", "missing", "Chưa có số quyết định.")],
        )
    known = await find_decisions(session, [new.key[0] for new in wanted])
    for new in wanted:
        decision = known.get(new.key)
        if decision is None:
            decision = known[new.key] = _decision(new)
            session.add(decision)
            audit.record(
                session,
                actor=actor.label,
                action="certificates.enter_decision",
                subject=f"decision:{decision.id}",
                number=decision.number,
            )
        elif decision.issued_on is None and new.issued_on is not None:
            decision.issued_on = new.issued_on
    # Certificates are inserted by statements of their own, which need the rows they point to.
    await session.flush()
    return known


async def find_decisions(
    session: AsyncSession, keys: Sequence[str]
) -> dict[tuple[str, str | None], RecognitionDecision]:
    """Known decisions with these folded numbers, of any province, by key."""
    found = await session.scalars(
        select(RecognitionDecision).where(RecognitionDecision.number_folded.in_(set(keys)))
    )
    return {(d.number_folded, d.issuer_province_id): d for d in found}


def _decision(new: NewDecision) -> RecognitionDecision:
    return RecognitionDecision(
        id=new_id(),
        number=clean(new.number),
        number_folded=new.key[0],
        issued_on=new.issued_on,
        issuer_level=new.issuer_level,
        issuer_name=clean(new.issuer_name),
        issuer_province_id=new.issuer_province_id,
        note=clean(new.note),
    )
