"""Dữ liệu mở: what is open and under which terms, the act that opens it, a figure to embed, the loudspeaker's text."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.places.finder import finder
from ocop_hub.producers.access import ActorDep, OfficeActorDep
from ocop_hub.producers.actor import PUBLIC_ACTOR, Actor
from ocop_hub.reporting.errors import OpenDataOff
from ocop_hub.reporting.models import OpenDataAct
from ocop_hub.reporting.open_data import service as open_data
from ocop_hub.reporting.open_data.bulletin import bulletin, unit_row
from ocop_hub.reporting.open_data.routes import answer
from ocop_hub.reporting.open_data.service import Closed, Terms
from ocop_hub.reporting.papers.making import place_label
from ocop_hub.reporting.periods.closing import counts_of
from ocop_hub.settings import Settings
from ocop_hub.web import goods
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.pages import render
from ocop_hub.web.render import page, request_language
from ocop_hub.web.reports import words as report_words

router = APIRouter(include_in_schema=False)

OPEN_DATA: Final = "/du-lieu-mo"
WIDGET: Final = "/nhung/ty-le"
BULLETIN: Final = f"{OPEN_DATA}/ban-tin"
_API: Final = "/api/v1/open-data"
#: The one page that other sites may show in a frame. It loads our own style and nothing else.
WIDGET_POLICY: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)


@router.get(OPEN_DATA)
async def overview(request: Request, session: SessionDep, settings: SettingsDep, actor: ActorDep) -> Response:
    """What is open; for an office also the form that opens it or takes it back."""
    return await _overview(request, session, settings, actor, {}, [])


@router.post(OPEN_DATA)
async def publish(
    request: Request, session: SessionDep, settings: SettingsDep, actor: OfficeActorDep
) -> Response:
    """Publish, or publish anew under other terms."""
    values = await typed(request)
    terms = Terms(
        licence=values.get("licence", ""),
        licence_url=values.get("licence_url", ""),
        document_number=values.get("document_number", ""),
        catalogue=values.get("catalogue") == "co",
    )
    made = await tried(session, lambda: open_data.publish(session, actor, settings.home_province, terms))
    if isinstance(made, HubError):
        return await _overview(request, session, settings, actor, values, problems(made, "licence"))
    return see(OPEN_DATA, "du-lieu-mo")


@router.post(OPEN_DATA + "/ngung")
async def take_back(session: SessionDep, settings: SettingsDep, actor: OfficeActorDep) -> Response:
    """Stop publishing; pressed twice it is stopped, which is what was wanted."""
    made = await tried(session, lambda: open_data.take_back(session, actor, settings.home_province))
    if isinstance(made, HubError) and not isinstance(made, OpenDataOff):
        raise made
    return see(OPEN_DATA, "du-lieu-dong")


async def _overview(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    values: dict[str, str],
    errors: list[Problem],
) -> Response:
    act = await open_data.in_force(session, settings.home_province)
    figures = await open_data.closed_figures(session, settings.home_province) if act else []
    base = settings.public_url.rstrip("/")
    held = {"licence": "", "licence_url": "", "document_number": "", "catalogue": "khong"}
    if act:
        held |= {
            "licence": act.licence,
            "licence_url": act.licence_url,
            "catalogue": "co" if act.catalogue else "khong",
        }
    context: dict[str, Any] = {
        "action": OPEN_DATA,
        "stop_action": f"{OPEN_DATA}/ngung" if act else "",
        "may_publish": actor.is_office,
        "act": _act(act) if act else None,
        "figures": [_figure(each) for each in figures],
        "datasets": _datasets(act) if act else [],
        "widget_src": WIDGET if act and figures else "",
        "widget_code": f'<iframe src="{base}{WIDGET}" width="340" height="300" title="OCOP"></iframe>',
        "bulletin_href": BULLETIN if act and figures else "",
        "values": held | values,
        "errors": errors,
    }
    return render(
        request,
        "open/overview.html",
        context,
        status=422 if errors else 200,
        notices=[] if errors else done_notices(request),
    )


def _act(act: OpenDataAct) -> dict[str, Any]:
    return {
        "at": act.acted_at,
        "licence": act.licence,
        "licence_url": act.licence_url,
        "document_number": act.document_number,
        "catalogue": act.catalogue,
    }


def _datasets(act: OpenDataAct) -> list[dict[str, str]]:
    names = ["coverage", *(["products"] if act.catalogue else [])]
    return [{"code": name, "json": f"{_API}/{name}.json", "csv": f"{_API}/{name}.csv"} for name in names]


def _figure(closed: Closed) -> dict[str, Any]:
    counts = counts_of(closed.figure.counts)
    return {
        "name": closed.period.name,
        "as_of": closed.period.as_of,
        "listed": counts.numerator,
        "counted": counts.denominator,
        "ratio": Fraction(counts.numerator, counts.denominator) if counts.denominator else None,
        "document_number": closed.figure.document_number,
        "document_date": closed.figure.document_date,
        "adjusted": closed.figure.number > 0,
    }


async def _closed(session: AsyncSession, settings: Settings) -> list[Closed]:
    """The last two closed figures. Raises :class:`OpenDataOff` where nothing is open."""
    await open_data.published(session, settings.home_province)
    found = await open_data.closed_figures(session, settings.home_province, limit=2)
    if not found:
        raise OpenDataOff("Chưa có số liệu nào được chốt.")
    return found


@router.get(WIDGET)
async def widget(request: Request, session: SessionDep, settings: SettingsDep) -> Response:
    """The last closed figure, to stand in a frame on another site; it asks nothing of anybody else."""
    found = await _closed(session, settings)
    place = place_label(PUBLIC_ACTOR, settings.home_province)
    context = {
        "place": place,
        "figure": {name: value for name, value in _figure(found[0]).items() if name != "name"},
        "href": settings.public_url.rstrip("/") + OPEN_DATA,
    }
    response = page(request, "open/widget.html", context)
    response.headers["Content-Security-Policy"] = WIDGET_POLICY
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Vary"] = "Accept-Language"
    return response


async def _text(session: AsyncSession, settings: Settings, unit_id: str) -> str:
    latest, *before = await _closed(session, settings)
    place = place_label(PUBLIC_ACTOR, settings.home_province)
    unit = unit_row(latest, unit_id) if unit_id else None
    return bulletin(place, latest, before[0] if before else None, unit)


@router.get(BULLETIN)
async def bulletin_page(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    xa: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The text for the loudspeakers, of the province or with a commune's own line."""
    lang = request_language(request)
    units = [(unit.id, unit.full_name) for unit in finder().communes_of(settings.home_province)]
    context = {
        "text": await _text(session, settings, xa),
        "text_href": f"{BULLETIN}.txt" + (f"?xa={xa}" if xa else ""),
        "action": BULLETIN,
        "unit": xa,
        "unit_options": goods.options(units, lang, first=report_words.WHOLE),
    }
    return render(request, "open/bulletin.html", context)


@router.get(BULLETIN + ".txt")
async def bulletin_text(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    xa: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The same as a file."""
    text = await _text(session, settings, xa)
    return answer(request, text.encode(), "text/plain; charset=utf-8")
