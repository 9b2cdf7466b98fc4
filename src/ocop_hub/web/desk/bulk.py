"""Sửa cả danh sách: one change for everything that the desk's list found, and what was left out and why."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import queries as catalogue
from ocop_hub.catalogue.bulk_edit import Edited
from ocop_hub.catalogue.bulk_schemas import BulkChanges
from ocop_hub.catalogue.season import parse_months
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.desk import queries
from ocop_hub.desk.bulk import edit_found
from ocop_hub.desk.queries import Window
from ocop_hub.errors import HubError
from ocop_hub.kit.values import ValueProblem
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.settings import Settings
from ocop_hub.web import goods
from ocop_hub.web.desk.finding import Asked, AskedDep
from ocop_hub.web.forms import Problem, problems, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

PATH: Final = DESK + "/sua-nhieu"
#: Fields of one line or several that a person may set for all, as the form names them.
_TEXTS: Final = ("unit", "storage", "shelf_life", "warnings", "ingredients")
_LONGEST: Final = {"unit": 200, "shelf_life": 200}
#: Names shown before the change; the count stands beside them.
_SHOWN: Final = 5
#: Reasons are listed for this many; more are counted.
_MOST_REASONS: Final = 200


@router.get(PATH)
async def form(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, asked: AskedDep
) -> Response:
    """What will be changed, and the fields to fill in."""
    return await _form(request, session, settings, actor, asked, {}, [])


@router.post(PATH)
async def change(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, asked: AskedDep
) -> Response:
    """Change them all, and say what came of it."""
    values = await typed(request)
    given, errors = _changes(values)
    if given is None:
        return await _form(request, session, settings, actor, asked, values, errors, status=422)
    done = await tried(session, lambda: edit_found(session, actor, asked.wanted, given))
    if isinstance(done, HubError):
        wrong = problems(done, "group_code")
        return await _form(request, session, settings, actor, asked, values, wrong, status=done.status)
    return _answer(request, asked, done)


def _changes(values: dict[str, str]) -> tuple[BulkChanges | None, list[Problem]]:
    sent: dict[str, Any] = {name: values[name] for name in _TEXTS if values.get(name)}
    errors = [
        {"field": name, "problem": f"Nhiều nhất {most} ký tự."}
        for name, most in _LONGEST.items()
        if len(sent.get(name, "")) > most
    ]
    if values.get("group_code"):
        sent["group_code"] = values["group_code"]
    if values.get("season_months"):
        try:
            sent["season_months"] = list(parse_months(values["season_months"]))
        except ValueProblem as wrong:
            errors.append({"field": "season_months", "problem": str(wrong)})
    return (None, errors) if errors else (BulkChanges(**sent), [])


async def _form(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    asked: Asked,
    values: dict[str, str],
    errors: list[Problem],
    *,
    status: int = 200,
) -> Response:
    lang = request_language(request)
    found = await queries.page(
        session, actor, asked.wanted, Window(limit=_SHOWN), home_province=settings.home_province
    )
    groups = [(each.code, goods.group_name(each, lang)) for each in await session.scalars(catalogue.groups())]
    context: dict[str, Any] = {
        "total": await queries.count(session, actor, asked.wanted),
        "names": [card.product.name for card in found.cards],
        "action": f"{PATH}?{urlencode(asked.query)}",
        "back_href": f"{DESK}?{urlencode(asked.query)}",
        "values": values,
        "group_options": goods.options(groups, lang, first=N_("Giữ như cũ")),
        "errors": errors,
        "done": None,
    }
    return render(request, "desk/bulk.html", context, status=status, breadcrumbs=_crumbs(request))


def _answer(request: Request, asked: Asked, done: Edited) -> Response:
    lang = request_language(request)
    context: dict[str, Any] = {
        "back_href": f"{DESK}?{urlencode(asked.query)}",
        "errors": [],
        "done": {
            "changed": len(done.changed),
            "unchanged": len(done.unchanged),
            "left": len(done.left_out),
            "left_out": [
                {
                    "name": each.name,
                    "href": f"{DESK}/san-pham/{each.product_id}",
                    "reason": translate(lang, each.reason),
                }
                for each in done.left_out[:_MOST_REASONS]
            ],
        },
    }
    return render(request, "desk/bulk.html", context, breadcrumbs=_crumbs(request))


def _crumbs(request: Request) -> list[Link]:
    lang = request_language(request)
    return [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(translate(lang, N_("Sửa cả danh sách")), PATH, current=True),
    ]
