"""Granting and withdrawing certificates. One grant or ten thousand take the same few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.certificates.decisions import NewDecision, decision_key, enter_decision, enter_decisions
from ocop_hub.certificates.errors import AnotherDecisionThatDay, EndsBeforeItBegins, StarsOutOfRange
from ocop_hub.certificates.models import Certificate
from ocop_hub.certificates.validity import certificate_state, fitted, validity
from ocop_hub.db import among, insert_rows, upsert_rows
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor, require_office

__all__ = [
    "Grant",
    "Granted",
    "NewDecision",
    "certificate_state",
    "decision_key",
    "enter_decision",
    "enter_decisions",
    "grant_certificate",
    "grant_certificates",
    "withdraw",
]


@dataclass(frozen=True, slots=True)
class Grant:
    """A product's recognition under a decision. ``expires_on`` is its last day; None: 36 months."""

    product_id: UUID
    producer_id: UUID
    decision_id: UUID
    stars: int
    issued_on: date
    expires_on: date | None = None
    number: str = ""
    proposed_five: bool = False
    certified_unit_id: str | None = None
    certified_district_id: str | None = None


@dataclass(slots=True)
class Granted:
    """What became of grants: how many were added, changed or known already, and which, by index, were refused
    or wrote something.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: dict[int, HubError] = field(default_factory=dict)
    written: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Held:
    """A certificate in memory while grants are fitted in; ``before`` is what the database has."""

    id: UUID
    values: dict[str, Any]
    before: dict[str, Any] | None

    @property
    def valid(self) -> Range[datetime]:
        valid: Range[datetime] = self.values["valid"]
        return valid


_COMPARED = (
    "stars",
    "valid",
    "lapses_at",
    "number",
    "proposed_five",
    "certified_unit_id",
    "certified_district_id",
)


async def grant_certificate(session: AsyncSession, actor: Actor, grant: Grant) -> Certificate:
    """One certificate. The same again changes nothing; a later one ends the earlier on the day it begins.

    Raises :class:`StarsOutOfRange`, :class:`EndsBeforeItBegins`, :class:`AnotherDecisionThatDay`, and
    Forbidden unless an office acts.
    """
    granted = await grant_certificates(session, actor, [grant])
    if granted.refused:
        raise granted.refused[0]
    return (
        await session.scalars(
            select(Certificate)
            .where(Certificate.product_id == grant.product_id, Certificate.decision_id == grant.decision_id)
            .execution_options(populate_existing=True)
        )
    ).one()


async def grant_certificates(session: AsyncSession, actor: Actor, grants: Sequence[Grant]) -> Granted:
    """Many certificates, as one list of a decision brings them; refused ones are reported, the others hold."""
    require_office(actor)
    granted = Granted()
    if not grants:
        return granted
    held = await _held(session, {grant.product_id for grant in grants})
    for index, grant in enumerate(grants):
        try:
            if _fit(grant, held[grant.product_id], granted):
                granted.written.add(index)
        except (StarsOutOfRange, EndsBeforeItBegins, AnotherDecisionThatDay) as refusal:
            granted.refused[index] = refusal
    await _write(session, [each for of_product in held.values() for each in of_product])
    if granted.added or granted.changed:
        decisions = sorted({str(grant.decision_id) for grant in grants})
        audit.record(
            session,
            actor=actor.label,
            action="certificates.grant",
            subject=f"decision:{decisions[0]}" if len(decisions) == 1 else "decisions",
            producer_id=grants[0].producer_id if len(grants) == 1 else None,
            added=granted.added,
            changed=granted.changed,
            decisions=decisions[:50],
        )
    return granted


async def _held(session: AsyncSession, product_ids: set[UUID]) -> defaultdict[UUID, list[_Held]]:
    held: defaultdict[UUID, list[_Held]] = defaultdict(list)
    columns = (
        Certificate.id,
        Certificate.product_id,
        Certificate.producer_id,
        Certificate.decision_id,
        Certificate.withdrawn_at,
    )
    rows = await session.execute(
        select(*columns, *(getattr(Certificate, name) for name in _COMPARED))
        .where(among(Certificate.product_id, product_ids))
        .with_for_update()
    )
    for row in rows.mappings():
        values = dict(row)
        held[values["product_id"]].append(_Held(values["id"], values, dict(values)))
    return held


def _fit(grant: Grant, held: list[_Held], granted: Granted) -> bool:
    wanted = _wanted(grant)
    same = next((h for h in held if h.values["decision_id"] == grant.decision_id), None)
    others = [h for h in held if h is not same and not h.valid.isempty]
    valid: Range[datetime] = wanted["valid"]
    if any(other.valid.lower == valid.lower for other in others):
        raise AnotherDecisionThatDay(
            f"Sản phẩm này đã có giấy chứng nhận cấp ngày {grant.issued_on:%d/%m/%Y} theo quyết định khác. "
            "Hãy xem lại số quyết định hoặc ngày cấp."
        )
    wanted["valid"], wanted["lapses_at"] = fitted(valid, [other.valid for other in others])
    if same is None:
        held.append(_Held(new_id(), wanted, None))
        granted.added += 1
    elif same.values["withdrawn_at"] is None and any(same.values[k] != wanted[k] for k in _COMPARED):
        same.values |= {k: wanted[k] for k in _COMPARED}
        granted.changed += 1
    else:
        granted.unchanged += 1
        return False
    _fit_together(held)
    return True


def _fit_together(held: Sequence[_Held]) -> None:
    """Each ends where the next begins, and no earlier: one that moved gives back the days it had taken."""
    standing = [each for each in held if not each.valid.isempty]
    begun = [each.valid for each in standing]
    for each in standing:
        given = [each.values["lapses_at"] or each.valid.upper, each.values["withdrawn_at"]]
        ends = min((end for end in given if end is not None), default=None)
        each.values["valid"], each.values["lapses_at"] = fitted(Range(each.valid.lower, ends), begun)


def _wanted(grant: Grant) -> dict[str, Any]:
    if grant.stars not in (3, 4, 5):
        raise StarsOutOfRange(f"Hạng sao {grant.stars} không có; chỉ ghi 3, 4 hoặc 5.")
    try:
        valid = validity(grant.issued_on, grant.expires_on)
    except ValueError:
        raise EndsBeforeItBegins(
            f"Ngày hết hạn {grant.expires_on:%d/%m/%Y} không sau ngày cấp {grant.issued_on:%d/%m/%Y}. "
            "Hãy xem lại hai ngày này."
        ) from None
    return {
        "product_id": grant.product_id,
        "producer_id": grant.producer_id,
        "decision_id": grant.decision_id,
        "number": clean(grant.number),
        "stars": grant.stars,
        "proposed_five": grant.proposed_five,
        "valid": valid,
        "withdrawn_at": None,
        "certified_unit_id": grant.certified_unit_id,
        "certified_district_id": grant.certified_district_id,
    }


async def _write(session: AsyncSession, held: Sequence[_Held]) -> None:
    changed = [h for h in held if h.before is not None and h.before != h.values]
    # Earlier intervals end before the new ones begin to count: the table refuses an overlap.
    if changed:
        await session.execute(upsert_rows(Certificate, map(_row, changed), _COMPARED))
    added = [h for h in held if h.before is None]
    if added:
        await session.execute(insert_rows(Certificate, map(_row, added)))


def _row(held: _Held) -> dict[str, Any]:
    return {**held.values, "id": held.id, "withdrawn_reason": ""}


async def withdraw(
    session: AsyncSession, actor: Actor, certificate_id: UUID, *, reason: str, at: datetime | None = None
) -> Certificate:
    """Take a certificate back from ``at`` (now) on; a second time changes nothing.

    Raises NotFound, Forbidden, and :class:`EndsBeforeItBegins` for a moment before it began.
    """
    require_office(actor)
    certificate = await session.get(Certificate, certificate_id, with_for_update=True)
    if certificate is None:
        raise NotFound("Không tìm thấy giấy chứng nhận này.")
    if certificate.withdrawn_at is not None:
        return certificate
    moment = at or clock.now()
    begins, ends = certificate.valid.lower, certificate.valid.upper
    if begins is not None and moment <= begins:
        raise EndsBeforeItBegins("Ngày thu hồi phải sau ngày cấp. Hãy xem lại ngày.")
    certificate.withdrawn_at = moment
    certificate.withdrawn_reason = clean(reason)
    certificate.valid = Range(begins, min(moment, ends) if ends else moment)
    audit.record(
        session,
        actor=actor.label,
        action="certificates.withdraw",
        subject=f"certificate:{certificate.id}",
        producer_id=certificate.producer_id,
        reason=certificate.withdrawn_reason,
    )
    return certificate
