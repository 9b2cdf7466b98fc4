"""What labels are printed on and with, over HTTP: paper sizes, a test page, the mark's artwork."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, File, Query, Response, UploadFile, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit import clock
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import ActorDep, OfficeActorDep, SignedInActorDep
from ocop_hub.traceability.errors import MarkNotFound
from ocop_hub.traceability.labels import marks as label_marks
from ocop_hub.traceability.labels import papers as label_papers
from ocop_hub.traceability.labels.layouts import Layout, Pair, layout_on, layouts, own_layout
from ocop_hub.traceability.labels.models import LabelPaper
from ocop_hub.traceability.labels.papers import OWN_KEY, Measures
from ocop_hub.traceability.labels.sheets import test_page

router = APIRouter(prefix="/api/v1", tags=["labels"], route_class=HubRoute)

NEVER_KEPT = {"Cache-Control": "no-store"}
Millimetres = Annotated[float, Field(ge=0, le=1000)]


class LayoutOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    page: tuple[float, float]
    columns: int
    rows: int
    label: tuple[float, float]
    first: tuple[float, float]
    pitch: tuple[float, float]
    valid_from: date


async def _page(
    page_width: Annotated[float, Query(gt=0, le=1000)] = 210.0,
    page_height: Annotated[float, Query(gt=0, le=1000)] = 297.0,
) -> Pair:
    return page_width, page_height


async def _first(
    left: Annotated[float, Query(ge=0, le=1000)] = 0.0, top: Annotated[float, Query(ge=0, le=1000)] = 0.0
) -> Pair:
    return left, top


async def _gap(
    gap_x: Annotated[float, Query(ge=0, le=1000)] = 0.0, gap_y: Annotated[float, Query(ge=0, le=1000)] = 0.0
) -> Pair:
    return gap_x, gap_y


async def _offset(
    offset_x: Annotated[float, Query(ge=-20, le=20)] = 0.0,
    offset_y: Annotated[float, Query(ge=-20, le=20)] = 0.0,
) -> Pair:
    return offset_x, offset_y


async def _given_size(
    page: Annotated[Pair, Depends(_page)],
    first: Annotated[Pair, Depends(_first)],
    gap: Annotated[Pair, Depends(_gap)],
    label_width: Annotated[float | None, Query(gt=0, le=1000)] = None,
    label_height: Annotated[float | None, Query(gt=0, le=1000)] = None,
    columns: Annotated[int, Query(ge=1, le=50)] = 1,
    rows: Annotated[int, Query(ge=1, le=100)] = 1,
) -> Layout | None:
    """The size given in the address, where a label's width and height are."""
    if label_width is None or label_height is None:
        return None
    return own_layout(
        page=page,
        columns=columns,
        rows=rows,
        label=(label_width, label_height),
        first=first,
        pitch=(label_width + gap[0], label_height + gap[1]),
    )


async def _layout(
    session: SessionDep,
    actor: ActorDep,
    given: Annotated[Layout | None, Depends(_given_size)],
    offset: Annotated[Pair, Depends(_offset)],
    layout: str = "a4-3x8",
) -> Layout:
    """A shipped layout or a paper of one's own by key, or the size given here; millimetres throughout."""
    found = given or await label_papers.layout_named(session, actor, layout)
    return found.shifted(*offset)


LayoutDep = Annotated[Layout, Depends(_layout)]


@router.get("/label-layouts")
async def list_layouts() -> list[LayoutOut]:
    """The sizes of label paper that are known, in millimetres, as they hold today."""
    today = clock.today()
    return [LayoutOut.model_validate(layout_on(key, today)) for key in layouts()]


@router.get("/label-layouts/test.pdf", response_class=Response)
async def test_sheet(layout: LayoutDep) -> Response:
    """One page of outlines with a ruler, to hold against the label paper before printing."""
    made = await asyncio.to_thread(test_page, layout)
    return Response(made, media_type="application/pdf", headers=NEVER_KEPT)


class PaperIn(BaseModel):
    """Label paper as a ruler gives it, in millimetres, from the left and the top. ``gap``: between labels;
    ``offset``: how far the printer has to be corrected.
    """

    producer_id: UUID
    name: Annotated[str, Field(max_length=label_papers.LONGEST_NAME)]
    page: tuple[Millimetres, Millimetres] = (210.0, 297.0)
    label: tuple[Millimetres, Millimetres]
    first: tuple[Millimetres, Millimetres] = (0.0, 0.0)
    gap: tuple[Millimetres, Millimetres] = (0.0, 0.0)
    offset: tuple[float, float] = (0.0, 0.0)
    columns: Annotated[int, Field(ge=1, le=50)] = 1
    rows: Annotated[int, Field(ge=1, le=100)] = 1

    def measures(self) -> Measures:
        return Measures(self.page, self.label, self.first, self.gap, self.offset, self.columns, self.rows)


class PaperOut(PaperIn):
    """``layout``: what to give as ``layout=`` when labels are printed."""

    id: UUID
    layout: str
    created_at: AwareDatetime


def _paper(paper: LabelPaper) -> PaperOut:
    told = label_papers.measures_of(paper)
    return PaperOut(
        id=paper.id,
        layout=f"{OWN_KEY}{paper.id}",
        created_at=paper.created_at,
        producer_id=paper.producer_id,
        name=paper.name,
        page=told.page,
        label=told.label,
        first=told.first,
        gap=told.gap,
        offset=told.offset,
        columns=told.columns,
        rows=told.rows,
    )


@router.post("/label-papers", status_code=status.HTTP_201_CREATED)
async def add_paper(session: SessionDep, actor: SignedInActorDep, given: PaperIn) -> PaperOut:
    """Keep a size of label paper under a name."""
    made = await label_papers.add_paper(
        session, actor, given.producer_id, name=given.name, measures=given.measures()
    )
    return _paper(made)


@router.get("/label-papers")
async def list_papers(session: SessionDep, actor: SignedInActorDep) -> list[PaperOut]:
    """The sizes that the producers you see have kept."""
    return [_paper(each) for each in await label_papers.papers_of(session, actor)]


@router.delete("/label-papers/{paper_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_paper(session: SessionDep, actor: SignedInActorDep, paper_id: UUID) -> None:
    """Put a size away."""
    await label_papers.remove_paper(session, actor, paper_id)


class MarkOut(BaseModel):
    """The artwork that new runs are printed with."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    suffix: str
    created_by: str
    created_at: AwareDatetime


@router.post("/label-mark", status_code=status.HTTP_201_CREATED)
async def give_mark(
    session: SessionDep, actor: OfficeActorDep, media: MediaDep, mark: Annotated[UploadFile, File()]
) -> MarkOut:
    """Give the artwork of the OCOP mark, SVG or PNG; earlier runs keep theirs."""
    content = await mark.read(label_marks.LARGEST_BYTES + 1)
    return MarkOut.model_validate(await label_marks.give(session, media, actor, content))


@router.get("/label-mark")
async def get_mark(session: SessionDep, _actor: SignedInActorDep) -> MarkOut:
    """The artwork in use; 404 when labels say the stars in words alone."""
    mark = await label_marks.current(session)
    if mark is None:
        raise MarkNotFound("Chưa có hình dấu OCOP; tem ghi hạng sao bằng chữ.")
    return MarkOut.model_validate(mark)


@router.delete("/label-mark", status_code=status.HTTP_204_NO_CONTENT)
async def withdraw_mark(session: SessionDep, actor: OfficeActorDep) -> None:
    """Print new runs without artwork."""
    await label_marks.withdraw(session, actor)
