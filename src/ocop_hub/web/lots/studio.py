"""The label studio: paper sizes of one's own, a page to set the printer by, and the mark the province gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, File, Request, Response, UploadFile
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, aside
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit import clock
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import OfficeActorDep, SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.traceability.errors import MarkNotFound
from ocop_hub.traceability.labels import marks as label_marks
from ocop_hub.traceability.labels import papers as label_papers
from ocop_hub.traceability.labels.codes import written_mm
from ocop_hub.traceability.labels.layouts import layout_on, layouts
from ocop_hub.traceability.labels.models import LabelPaper
from ocop_hub.traceability.labels.papers import OWN_KEY, Measures
from ocop_hub.web.forms import Problem, attempted, done_notices, problems, see, tried, typed
from ocop_hub.web.pages import render
from ocop_hub.web.people import names_of
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

STUDIO: Final = DESK + "/kho-tem"
MARK: Final = DESK + "/dau-ocop"
#: A drawing from outside is shown as a picture only; opened by itself it may do nothing.
_PICTURE_ONLY: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
}
#: Field of the form → (measure, which of the pair); millimetres.
_LENGTHS: Final = {
    "label_width": ("label", 0),
    "label_height": ("label", 1),
    "page_width": ("page", 0),
    "page_height": ("page", 1),
    "left": ("first", 0),
    "top": ("first", 1),
    "gap_x": ("gap", 0),
    "gap_y": ("gap", 1),
    "offset_x": ("offset", 0),
    "offset_y": ("offset", 1),
}
_EMPTY: Final = dict.fromkeys((*_LENGTHS, "name", "producer_id"), "") | {
    "page_width": "210",
    "page_height": "297",
    "columns": "1",
    "rows": "1",
}


@router.get(STUDIO)
async def show(request: Request, session: SessionDep, actor: SignedInActorDep) -> Response:
    """Sizes to choose from, one's own, and the mark in use."""
    return await _page(request, session, actor, {}, [])


@router.post(STUDIO)
async def add(request: Request, session: SessionDep, actor: SignedInActorDep) -> Response:
    """Keep a size of one's own."""
    values = await typed(request)
    errors: list[Problem] = []
    producer_id = await _producer(session, actor, values)
    measures = _measures(values, errors)
    if measures is not None and not errors:
        made = await tried(
            session,
            lambda: label_papers.add_paper(
                session, actor, producer_id, name=values.get("name", ""), measures=measures
            ),
        )
        if not isinstance(made, HubError):
            return see(STUDIO, "kho-tem")
        if made.status == NotFound.status:
            raise made
        errors = problems(made, "label_width" if values.get("name") else "name")
    return await _page(request, session, actor, values, errors)


@router.post(STUDIO + "/{paper_id}/bo")
async def remove(session: SessionDep, actor: SignedInActorDep, paper_id: UUID) -> Response:
    """Put a size away."""
    await label_papers.remove_paper(session, actor, paper_id)
    return see(STUDIO, "bo-kho-tem")


@router.post(MARK)
async def give_mark(
    request: Request,
    session: SessionDep,
    actor: OfficeActorDep,
    media: MediaDep,
    mark: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Take in the mark's artwork."""
    content = await mark.read(label_marks.LARGEST_BYTES + 1) if mark is not None else b""
    made = await attempted(label_marks.give(session, media, actor, content))
    if not isinstance(made, HubError):
        return see(STUDIO, "dau-ocop")
    return await _page(request, session, actor, {}, problems(made, "mark"))


@router.post(MARK + "/bo")
async def withdraw_mark(session: SessionDep, actor: OfficeActorDep) -> Response:
    """Print new runs without artwork."""
    await label_marks.withdraw(session, actor)
    return see(STUDIO, "bo-dau-ocop")


@router.get(MARK)
async def mark_picture(session: SessionDep, _actor: SignedInActorDep, media: MediaDep) -> Response:
    """The artwork in use."""
    mark = await label_marks.current(session)
    if mark is None:
        raise MarkNotFound("Chưa có hình dấu OCOP; tem ghi hạng sao bằng chữ.")
    async with aside(session):
        content = (await label_marks.artwork(media, mark)).content
    media_type = "image/png" if mark.suffix == ".png" else "image/svg+xml"
    return Response(content, media_type=media_type, headers=_PICTURE_ONLY)


async def _producer(session: AsyncSession, actor: Actor, values: Mapping[str, str]) -> UUID:
    """Whose paper: the one named, or the only one the actor enters things for."""
    named = values.get("producer_id", "")
    try:
        return UUID(named) if named else next(iter(actor.producers))
    except (ValueError, StopIteration):
        raise NotFound("Hãy chọn chủ thể của khổ tem này.") from None


def _measures(values: Mapping[str, str], errors: list[Problem]) -> Measures | None:
    pairs = {
        "page": [0.0, 0.0],
        "label": [0.0, 0.0],
        "first": [0.0, 0.0],
        "gap": [0.0, 0.0],
        "offset": [0.0, 0.0],
    }
    for field, (measure, along) in _LENGTHS.items():
        try:
            pairs[measure][along] = _millimetres(values.get(field, ""))
        except ValueError:
            errors.append({"field": field, "problem": "Hãy ghi số mi-li-mét, ví dụ 52,5."})
    counts = {}
    for field in ("columns", "rows"):
        text = values.get(field, "1") or "1"
        if not (text.isascii() and text.isdigit() and len(text) < 4):
            errors.append({"field": field, "problem": "Hãy ghi số nguyên."})
            continue
        counts[field] = int(text)
    if errors:
        return None
    return Measures(**{name: (pair[0], pair[1]) for name, pair in pairs.items()}, **counts)  # type: ignore[arg-type]  # five pairs and two counts, by the names above


def _millimetres(text: str) -> float:
    """A length as people write it. Raises ValueError for what is none, or is beyond a metre."""
    length = float(text.replace(",", ".") or "0")
    if not -1_000 <= length <= 1_000:  # NaN too
        raise ValueError(text)
    return length


async def _page(
    request: Request, session: AsyncSession, actor: Actor, values: Mapping[str, str], errors: list[Problem]
) -> Response:
    today = clock.today()
    mark = await label_marks.current(session)
    names = await names_of(session, [mark.created_by] if mark is not None else [], request_language(request))
    producers = await session.execute(
        select(Producer.id, Producer.name).where(Producer.id.in_(actor.producers)).order_by(Producer.sort_key)
    )
    context: dict[str, Any] = {
        "shipped": [{"name": layout_on(key, today).name, "test_href": _test(key)} for key in layouts()],
        "own": [_own(paper, actor) for paper in await label_papers.papers_of(session, actor)],
        "action": STUDIO if actor.producers else "",
        "producer_options": [{"value": str(row_id), "label": name} for row_id, name in producers],
        "values": _EMPTY | dict(values),
        "errors": errors,
        "mark": {"src": MARK, "who": names[mark.created_by], "at": mark.created_at}
        if mark is not None
        else None,
        "mark_action": MARK if actor.is_office else "",
        "mark_remove_action": f"{MARK}/bo" if actor.is_office and mark is not None else "",
    }
    status = 422 if errors else 200
    return render(request, "desk/studio.html", context, status=status, notices=done_notices(request))


def _own(paper: LabelPaper, actor: Actor) -> dict[str, str]:
    told = label_papers.measures_of(paper)
    layout = told.layout("", paper.name)
    return {
        "name": paper.name,
        "size": layout.size,
        "grid": f"{told.columns} × {told.rows}",
        "offset": f"{written_mm(told.offset[0])}; {written_mm(told.offset[1])} mm",
        "test_href": _test(f"{OWN_KEY}{paper.id}"),
        "remove_action": f"{STUDIO}/{paper.id}/bo" if actor.may_change(paper.producer_id) else "",
    }


def _test(key: str) -> str:
    return f"/api/v1/label-layouts/test.pdf?layout={key}"
