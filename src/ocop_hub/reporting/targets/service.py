"""Targets (chỉ tiêu): a share to be reached by a day, how far it is, and where the present trend leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue.models import ProductGroup
from ocop_hub.catalogue.queries import groups
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import Actor, Role, require_office
from ocop_hub.reporting import coverage
from ocop_hub.reporting.errors import TargetNotFound, TargetOutOfRange
from ocop_hub.reporting.figures import By, Counts
from ocop_hub.reporting.models import CoverageTarget
from ocop_hub.reporting.question import Question

#: A target is for the whole, or for one row of these cuts.
CUTS: Final = (By.TOTAL, By.UNIT, By.STARS, By.GROUP)
#: The present trend is what happened over this long.
TREND: Final = timedelta(days=90)
#: Hạng sao of a certificate.
STARS: Final = ("3", "4", "5")
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class NewTarget:
    """``share`` in percent, with one decimal at most; ``key`` is empty for the whole."""

    due_on: date
    share: Decimal
    cut: By = By.TOTAL
    key: str = ""
    document_number: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How a target stands on a day. ``share`` and ``forecast`` in percent; None where nothing is counted."""

    target: CoverageTarget
    counts: Counts
    #: Products still to be listed until the target is reached.
    lacking: int
    #: The share on the due day if it goes on as in the last 90 days.
    forecast: Decimal | None

    @property
    def goal(self) -> Decimal:
        """The target in percent."""
        return Decimal(self.target.share_tenths) / 10

    @property
    def reached(self) -> Fraction | None:
        """The share as a part of the target: 1 is reached (đạt 100% chỉ tiêu)."""
        if not self.counts.denominator:
            return None
        share = Fraction(self.counts.numerator, self.counts.denominator)
        return share / Fraction(self.target.share_tenths, 1000)


def targets(province: str) -> Select[CoverageTarget]:
    """The province's targets, the next due first."""
    query = select(CoverageTarget).where(CoverageTarget.province == province)
    return query.order_by(CoverageTarget.due_on, CoverageTarget.cut, CoverageTarget.key)


async def set_target(session: AsyncSession, actor: Actor, province: str, new: NewTarget) -> CoverageTarget:
    """Set a target; another one for the same part and day takes its place.

    Raises :class:`TargetOutOfRange`, and Forbidden unless an office acts.
    """
    require_office(actor)
    tenths = int((new.share * 10).to_integral_value(ROUND_HALF_UP))
    if not 1 <= tenths <= 1000:
        raise TargetOutOfRange("Chỉ tiêu phải lớn hơn 0% và không quá 100%.")
    if new.due_on < clock.today():
        raise TargetOutOfRange(f"Ngày {new.due_on:%d/%m/%Y} đã qua. Hãy chọn ngày phải đạt chỉ tiêu.")
    if new.cut not in CUTS or (new.cut is By.TOTAL) != (new.key == ""):
        raise TargetOutOfRange("Chỉ tiêu đặt cho toàn bộ, hoặc cho một đơn vị, hạng sao, nhóm sản phẩm.")
    if not await _exists(session, province, new):
        raise TargetOutOfRange("Không có đơn vị, hạng sao hoặc nhóm sản phẩm này.")
    said = {"share_tenths": tenths, "document_number": clean(new.document_number), "created_by": actor.label}
    adding = insert(CoverageTarget).values(
        id=new_id(), province=province, cut=new.cut.value, key=new.key, due_on=new.due_on, **said
    )
    target: CoverageTarget = (
        await session.execute(
            adding.on_conflict_do_update(constraint="uq_coverage_targets_due", set_=said).returning(
                CoverageTarget
            ),
            execution_options={"populate_existing": True},
        )
    ).scalar_one()
    audit.record(
        session,
        actor=actor.label,
        action="reporting.set_target",
        subject=f"coverage_target:{target.id}",
        due_on=new.due_on.isoformat(),
        share_tenths=tenths,
    )
    return target


async def _exists(session: AsyncSession, province: str, new: NewTarget) -> bool:
    """Whether the part a target is for can have products."""
    if new.cut is By.UNIT:
        return new.key in {unit.id for unit in finder().communes_of(province)}
    if new.cut is By.STARS:
        return new.key in STARS
    if new.cut is By.GROUP:
        return await session.scalar(groups().where(ProductGroup.code == new.key)) is not None
    return True


async def withdraw_target(session: AsyncSession, actor: Actor, province: str, target_id: UUID) -> None:
    """Take a target back; what it was stays in the audit. Raises :class:`TargetNotFound`, and Forbidden."""
    require_office(actor)
    taken = await session.scalar(
        delete(CoverageTarget)
        .where(CoverageTarget.id == target_id, CoverageTarget.province == province)
        .returning(CoverageTarget)
    )
    if taken is None:
        raise TargetNotFound("Không có chỉ tiêu này, hoặc đã được rút lại.")
    audit.record(
        session,
        actor=actor.label,
        action="reporting.withdraw_target",
        subject=f"coverage_target:{target_id}",
        cut=taken.cut,
        key=taken.key,
        due_on=taken.due_on.isoformat(),
        share_tenths=taken.share_tenths,
        document_number=taken.document_number,
    )


async def progress(
    session: AsyncSession, actor: Actor, question: Question, target: CoverageTarget
) -> Progress:
    """How the target stands on the question's day, by its rule, as far as the actor sees products."""
    (found,) = await progresses(session, actor, question, [target])
    return found


async def progresses(
    session: AsyncSession, actor: Actor, question: Question, wanted: Sequence[CoverageTarget]
) -> list[Progress]:
    """:func:`progress` of each; all targets for parts of one kind are answered together."""
    whole = replace(question, narrowed={})
    now, then = question.as_of, question.as_of - TREND
    counts = {
        (cut, day): await _counts(session, actor, whole.on(day), cut)
        for cut in sorted({By(each.cut) for each in wanted})
        for day in (then, now)
    }
    found = []
    for target in wanted:
        before, here = (counts[By(target.cut), day].get(target.key, Counts()) for day in (then, now))
        ahead = forecast(before, here, now, target.due_on)
        found.append(Progress(target, here, lacking(here, target.share_tenths), ahead))
    return found


async def _counts(session: AsyncSession, actor: Actor, question: Question, cut: By) -> dict[str, Counts]:
    """Counts by the rows of a cut; the whole stands under no key, as in a target."""
    if cut is By.TOTAL:
        (row,) = await coverage.days(session, actor, question, (question.as_of,))
        return {"": row.counts}
    return {row.key: row.counts for row in await coverage.rows(session, actor, question, cut)}


def lacking(counts: Counts, share_tenths: int) -> int:
    """Products to be listed until the share is reached, were the denominator to stay."""
    wanted = -(-counts.denominator * share_tenths // 1000)
    return max(0, wanted - counts.numerator)


def forecast(before: Counts, now: Counts, today: date, due_on: date) -> Decimal | None:
    """The share in percent on ``due_on`` if it goes on as over :data:`TREND`; within 0 and 100, one decimal."""
    if not now.denominator or not before.denominator:
        return None
    share, earlier = (Fraction(each.numerator, each.denominator) for each in (now, before))
    ahead = max(0, (due_on - today).days)
    then = min(Fraction(1), max(Fraction(0), share + (share - earlier) * ahead / TREND.days))
    exact = Decimal((then * 100).numerator) / Decimal((then * 100).denominator)
    return exact.quantize(_TENTH, ROUND_HALF_UP)


async def target_in_view(session: AsyncSession, actor: Actor, question: Question) -> CoverageTarget | None:
    """The next due target that the dashboard's figure is held against: the commune's own for its officer."""
    if question.narrowed or not question.province:
        return None
    query = targets(question.province).where(CoverageTarget.due_on >= question.as_of)
    if actor.role is Role.OFFICER_COMMUNE:
        own = query.where(CoverageTarget.cut == By.UNIT, CoverageTarget.key == actor.unit_id)
        found: CoverageTarget | None = await session.scalar(own.limit(1))
        if found is not None:
            return found
    whole: CoverageTarget | None = await session.scalar(query.where(CoverageTarget.cut == By.TOTAL).limit(1))
    return whole
