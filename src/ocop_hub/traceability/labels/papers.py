"""Label paper of a producer's own: sizes in millimetres kept under a name, with how far the printer feeds askew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue.queries import of_visible_producer
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor, require_signed_in
from ocop_hub.producers.models import Producer
from ocop_hub.traceability.errors import LayoutInvalid, PaperNotFound
from ocop_hub.traceability.labels.layouts import Layout, Pair, check, layout_on, layouts
from ocop_hub.traceability.labels.models import LabelPaper

#: How the choice of a size names a paper of one's own, before its id.
OWN_KEY = "rieng-"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Measures:
    """Millimetres as a ruler gives them: ``gap`` between labels, ``offset`` of the printer."""

    page: Pair
    label: Pair
    first: Pair = (0.0, 0.0)
    gap: Pair = (0.0, 0.0)
    offset: Pair = (0.0, 0.0)
    columns: int = 1
    rows: int = 1

    def layout(self, key: str, name: str) -> Layout:
        """The sheet without its offset. Raises LayoutInvalid for what cannot be printed."""
        pitch = (self.label[0] + self.gap[0], self.label[1] + self.gap[1])
        made = Layout(key, name, self.page, self.columns, self.rows, self.label, self.first, pitch)
        check(made)
        return made


def visible_to(actor: Actor) -> Select[LabelPaper]:
    """The papers of the producers that this actor sees, those put away left out."""
    return select(LabelPaper).where(
        of_visible_producer(actor, LabelPaper.producer_id), LabelPaper.removed_at.is_(None)
    )


async def papers_of(
    session: AsyncSession, actor: Actor, producer_id: UUID | None = None
) -> Sequence[LabelPaper]:
    """The papers the actor sees, by name; of one producer alone when it is named."""
    asked = visible_to(actor).order_by(LabelPaper.name, LabelPaper.id)
    if producer_id is not None:
        asked = asked.where(LabelPaper.producer_id == producer_id)
    return (await session.scalars(asked)).all()


async def sizes(session: AsyncSession, actor: Actor, producer_id: UUID | None = None) -> list[dict[str, str]]:
    """The sizes to choose from as ``value`` and ``label``: the shipped ones, then the producer's own."""
    today = clock.today()
    shipped = [{"value": key, "label": layout_on(key, today).name} for key in layouts()]
    own = await papers_of(session, actor, producer_id)
    return [*shipped, *({"value": f"{OWN_KEY}{each.id}", "label": each.name} for each in own)]


async def add_paper(
    session: AsyncSession, actor: Actor, producer_id: UUID, *, name: str, measures: Measures
) -> LabelPaper:
    """Keep a size under a name. Raises PaperNotFound (not the actor's producer), LayoutInvalid."""
    require_signed_in(actor)
    if not actor.may_change(producer_id) or await session.get(Producer, producer_id) is None:
        raise PaperNotFound("Không có chủ thể này, hoặc bạn không được ghi cho chủ thể này.")
    called = clean(name)[:LONGEST_NAME]
    if not called:
        raise LayoutInvalid("Hãy đặt tên cho khổ tem, ví dụ: Giấy tem 40 × 30 của xưởng.")
    measures.layout("", called).shifted(*measures.offset)
    paper = LabelPaper(
        id=new_id(),
        producer_id=producer_id,
        name=called,
        measures=_stored(measures),
        created_by=actor.label,
        created_at=clock.now(),
    )
    session.add(paper)
    _audit(session, actor, "label_paper_added", paper)
    await session.flush()
    return paper


async def remove_paper(session: AsyncSession, actor: Actor, paper_id: UUID) -> None:
    """Put a size away; what was printed on it stays on record. Raises PaperNotFound."""
    require_signed_in(actor)
    paper = await find_paper(session, actor, paper_id)
    if not actor.may_change(paper.producer_id):
        raise _none()
    paper.removed_at = clock.now()
    _audit(session, actor, "label_paper_removed", paper)
    await session.flush()


async def find_paper(session: AsyncSession, actor: Actor, paper_id: UUID) -> LabelPaper:
    """A paper the actor sees. Raises PaperNotFound."""
    paper = (await session.scalars(visible_to(actor).where(LabelPaper.id == paper_id))).one_or_none()
    if paper is None:
        raise _none()
    return paper


async def layout_named(session: AsyncSession, actor: Actor, key: str) -> Layout:
    """The sheet of that key as it holds today: a shipped one, or one's own, its offset counted in.

    Raises LayoutInvalid, PaperNotFound.
    """
    if not key.startswith(OWN_KEY):
        return layout_on(key, clock.today())
    try:
        paper_id = UUID(key.removeprefix(OWN_KEY))
    except ValueError:
        raise _none() from None
    return layout_of(await find_paper(session, actor, paper_id))


def layout_of(paper: LabelPaper) -> Layout:
    """The paper as sheets are laid out, its offset counted in."""
    told = measures_of(paper)
    return told.layout(f"{OWN_KEY}{paper.id}", paper.name).shifted(*told.offset)


def measures_of(paper: LabelPaper) -> Measures:
    """The paper as it was measured."""
    pairs = {name: (float(pair[0]), float(pair[1])) for name, pair in paper.measures["pairs"].items()}
    return Measures(**pairs, columns=paper.measures["columns"], rows=paper.measures["rows"])


def _stored(measures: Measures) -> dict[str, Any]:
    pairs = {name: list(getattr(measures, name)) for name in ("page", "label", "first", "gap", "offset")}
    return {"pairs": pairs, "columns": measures.columns, "rows": measures.rows}


def _none() -> PaperNotFound:
    return PaperNotFound("Không có khổ tem riêng này, hoặc khổ tem không thuộc chủ thể của bạn.")


def _audit(session: AsyncSession, actor: Actor, verb: str, paper: LabelPaper) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=f"traceability.{verb}",
        subject=f"label_paper:{paper.id}",
        producer_id=paper.producer_id,
        name=paper.name,
    )
