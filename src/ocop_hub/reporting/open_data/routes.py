"""Open data as JSON and CSV: for everyone once the province has published, cacheable, usable from any page."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from ocop_hub.db import PUBLIC, SessionDep, SettingsDep, apply_scope
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.paging import Page
from ocop_hub.producers.access import OfficeActorDep
from ocop_hub.producers.models import ProducerKind
from ocop_hub.reporting.figures import By, Counts
from ocop_hub.reporting.models import OpenDataAct
from ocop_hub.reporting.open_data import service as open_data
from ocop_hub.reporting.open_data.service import Closed, OpenProduct, Terms
from ocop_hub.reporting.papers.export import percent_text, table_csv
from ocop_hub.reporting.periods.closing import closed_report
from ocop_hub.reporting.schemas import CoverageOut, coverage_out

router = APIRouter(prefix="/api/v1/open-data", tags=["open data"], route_class=HubRoute)

#: Seconds for which a copy is good: a closed figure does not change, a correction may wait an hour.
KEPT: Final = 3600
#: Products in one CSV; a province has some hundreds.
LONGEST_CSV: Final = 50_000


class ActOut(BaseModel):
    """Under which terms the data are open, and since when."""

    published: bool
    published_at: datetime
    licence: str
    licence_url: str
    document_number: str
    catalogue: bool


class ActIn(BaseModel):
    licence: str = Field(max_length=300, description="Terms of use, in the province's words")
    licence_url: str = Field("", max_length=300)
    document_number: str = Field("", max_length=300)
    catalogue: bool = Field(False, description="The catalogue's public fields too")


class ClosedFigureOpen(BaseModel):
    """What was reported of one day; ``correction`` counts the corrections up to this one."""

    period: str
    document_number: str
    document_date: date
    correction: int
    reason: str
    coverage: CoverageOut


class CoverageOpen(BaseModel):
    licence: str
    licence_url: str
    figures: list[ClosedFigureOpen]


class ProductOpen(BaseModel):
    """``producer_name`` is empty for households: it is a person's name."""

    id: UUID
    name: str
    group_code: str
    group_name: str
    producer_name: str
    producer_kind: ProducerKind
    unit_code: str
    unit_name: str
    stars: int | None = Field(description="Of a certificate that holds")
    certificate_number: str
    valid_until: date | None
    gtin: str
    url: str


def act_out(act: OpenDataAct) -> ActOut:
    """The act as JSON shape."""
    return ActOut(
        published=act.published,
        published_at=act.acted_at,
        licence=act.licence,
        licence_url=act.licence_url,
        document_number=act.document_number,
        catalogue=act.catalogue,
    )


def answer(request: Request, content: bytes, media_type: str) -> Response:
    """The content with its mark; 304 for who has it already. Any page may read it: nothing in it is anyone's own."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"public, max-age={KEPT}",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


@router.get("")
async def get_act(session: SessionDep, settings: SettingsDep) -> ActOut:
    """Whether data are open, and under which terms."""
    return act_out(await open_data.published(session, settings.home_province))


@router.post("", status_code=201)
async def publish(session: SessionDep, settings: SettingsDep, actor: OfficeActorDep, body: ActIn) -> ActOut:
    """Publish: a dated act of the province."""
    terms = Terms(body.licence, body.licence_url, body.document_number, body.catalogue)
    return act_out(await open_data.publish(session, actor, settings.home_province, terms))


@router.post("/take-back", status_code=201)
async def take_back(session: SessionDep, settings: SettingsDep, actor: OfficeActorDep) -> ActOut:
    """Stop publishing: an act too."""
    return act_out(await open_data.take_back(session, actor, settings.home_province))


@router.get("/coverage.json", response_model=CoverageOpen)
async def coverage_json(
    request: Request, session: SessionDep, settings: SettingsDep, by: By = By.UNIT
) -> Any:
    """Every closed figure, the latest first, with its rows by one frozen cut."""
    act = await open_data.published(session, settings.home_province)
    found = await open_data.closed_figures(session, settings.home_province)
    body = CoverageOpen(
        licence=act.licence, licence_url=act.licence_url, figures=[_figure(each, by) for each in found]
    )
    return answer(request, body.model_dump_json().encode(), "application/json")


def _figure(closed: Closed, by: By) -> ClosedFigureOpen:
    return ClosedFigureOpen(
        period=closed.period.name,
        document_number=closed.figure.document_number,
        document_date=closed.figure.document_date,
        correction=closed.figure.number,
        reason=closed.figure.reason,
        coverage=coverage_out(closed_report(closed.period, closed.figure, by)),
    )


_COVERAGE_HEAD: Final = (
    "as_of", "document_number", "document_date", "correction", "rule_number", "by", "key", "label",
    "numerator", "denominator", "percent",
)  # fmt: skip


@router.get("/coverage.csv")
async def coverage_csv(
    request: Request, session: SessionDep, settings: SettingsDep, by: By = By.UNIT
) -> Response:
    """The same as CSV: one line for each row of each closed figure, and one for its total."""
    await open_data.published(session, settings.home_province)
    lines: list[list[str]] = [list(_COVERAGE_HEAD)]
    for closed in await open_data.closed_figures(session, settings.home_province):
        report = closed_report(closed.period, closed.figure, by)
        same = [
            closed.period.as_of.isoformat(),
            closed.figure.document_number,
            closed.figure.document_date.isoformat(),
            str(closed.figure.number),
            str(report.question.rule.number),
        ]
        lines.append([*same, By.TOTAL.value, "", "Tổng số", *_cells(report.figure.counts)])
        lines += [[*same, by.value, row.key, row.label, *_cells(row.counts)] for row in report.rows]
    return answer(request, table_csv(lines), "text/csv; charset=utf-8")


def _cells(counts: Counts) -> list[str]:
    return [str(counts.numerator), str(counts.denominator), percent_text(counts)]


@router.get("/products.json", response_model=Page[ProductOpen])
async def products_json(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 1_000,
    cursor: Annotated[str, Query(max_length=1_000)] = "",
) -> Any:
    """The catalogue's public fields, page by page."""
    await apply_scope(session, PUBLIC)
    await open_data.published(session, settings.home_province, catalogue=True)
    found, after = await open_data.products(session, settings.home_province, cursor=cursor, limit=limit)
    items = [_product(each, settings.public_url) for each in found]
    page = Page[ProductOpen](items=items, next_cursor=after)
    return answer(request, page.model_dump_json().encode(), "application/json")


@router.get("/products.csv")
async def products_csv(request: Request, session: SessionDep, settings: SettingsDep) -> Response:
    """The whole catalogue as CSV."""
    await apply_scope(session, PUBLIC)
    await open_data.published(session, settings.home_province, catalogue=True)
    found, _ = await open_data.products(session, settings.home_province, limit=LONGEST_CSV)
    lines = [list(ProductOpen.model_fields)]
    for each in found:
        told = _product(each, settings.public_url).model_dump(mode="json")
        lines.append(["" if value is None else str(value) for value in told.values()])
    return answer(request, table_csv(lines), "text/csv; charset=utf-8")


def _product(found: OpenProduct, public_url: str) -> ProductOpen:
    return ProductOpen(
        id=found.id,
        name=found.name,
        group_code=found.group_code,
        group_name=found.group_name,
        producer_name=found.producer_name,
        producer_kind=found.producer_kind,
        unit_code=found.unit_code,
        unit_name=found.unit_name,
        stars=found.stars,
        certificate_number=found.certificate_number,
        valid_until=found.valid_until,
        gtin=found.gtin,
        url=f"{public_url.rstrip('/')}/san-pham/{found.id}",
    )
