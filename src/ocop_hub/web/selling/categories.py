"""Ngành hàng trên sàn: which category each group goes to, and what refusals propose; for offices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import ProductGroup, ProductSubGroup
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit.text import clean
from ocop_hub.marketplaces.categories import CategoryField
from ocop_hub.producers.access import OfficeActorDep
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.mapping import categories as mapping
from ocop_hub.publishing.mapping import lessons
from ocop_hub.publishing.mapping import reading as mapping_reads
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.publishing.models_office import CategoryLesson, CategoryMapping, CategoryTree
from ocop_hub.web import goods
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import N_
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

CATEGORIES: Final = DESK + "/nganh-hang"
#: Names of the form's fields for the marketplace's own fields: this and a number; the name goes beside it.
_VALUE, _NAME = "o-", "ten-o-"


@router.get(CATEGORIES)
async def show_all(
    request: Request, session: SessionDep, actor: OfficeActorDep, outside: OutsideDep
) -> Response:
    """Each marketplace that tells its categories, with each group's mapping and what refusals propose."""
    rows = (await session.scalars(select(MarketplaceRow).order_by(MarketplaceRow.position))).all()
    told = [row for row in rows if mapping_reads.teller(outside, row.key) is not None]
    names = {row.key: row.name for row in rows}
    groups = await _groups(session)
    trees = {tree.marketplace_key: tree for tree in await session.scalars(select(CategoryTree))}
    chosen: dict[tuple[str, str], list[CategoryMapping]] = {}
    for each in await session.scalars(mapping.open_mappings()):
        chosen.setdefault((each.marketplace_key, each.group_code), []).append(each)
    context = {
        "marketplaces": [
            {
                "name": row.name,
                "read_at": trees[row.key].read_at if row.key in trees else None,
                "version": trees[row.key].version if row.key in trees else "",
                "read_action": f"{CATEGORIES}/{row.key}/doc",
                "groups": [
                    {
                        "name": name,
                        "href": f"{CATEGORIES}/{row.key}/{code}",
                        "mappings": [
                            _mapping(each, trees.get(row.key)) for each in chosen.get((row.key, code), [])
                        ],
                    }
                    for code, name in groups.items()
                ],
            }
            for row in told
        ],
        "lessons": [
            _lesson(each, names, groups) for each in await session.scalars(lessons.waiting().limit(100))
        ],
    }
    return render(request, "officer/categories.html", context, notices=done_notices(request))


def _mapping(each: CategoryMapping, tree: CategoryTree | None) -> dict[str, Any]:
    entry = tree.tree.get(each.category_id) if tree is not None else None
    return {
        "path": each.category_path,
        "gone": tree is not None and not (entry and entry["leaf"]),
        "sub_group": each.sub_group_code,
        "fields": [f"{name}: {value}" for name, value in each.attributes.items()],
        "source": each.source,
        "since": each.since,
    }


def _lesson(each: CategoryLesson, names: dict[str, str], groups: dict[str, str]) -> dict[str, Any]:
    return {
        "marketplace": names.get(each.marketplace_key, each.marketplace_key),
        "group": groups.get(each.group_code, each.group_code),
        "message": each.message,
        "times": each.times,
        "last_seen": each.last_seen,
        "href": f"{CATEGORIES}/{each.marketplace_key}/{each.group_code}?category={each.category_id}&lesson={each.id}",
        "dismiss_action": f"{CATEGORIES}/de-xuat/{each.id}/bo-qua",
    }


@router.post(CATEGORIES + "/{marketplace}/doc")
async def read_again(
    session: SessionDep, actor: OfficeActorDep, outside: OutsideDep, marketplace: str
) -> Response:
    """Have a marketplace's categories read now."""
    _told(outside, marketplace)
    await mapping_reads.want_read(session, marketplace)
    return see(CATEGORIES, "doc-nganh-hang")


@router.post(CATEGORIES + "/de-xuat/{lesson_id}/bo-qua")
async def dismiss(session: SessionDep, actor: OfficeActorDep, lesson_id: UUID) -> Response:
    """A refusal that teaches nothing about the mapping."""
    await lessons.dismiss(session, actor, lesson_id=lesson_id)
    return see(CATEGORIES, "bo-de-xuat")


@router.get(CATEGORIES + "/{marketplace}/{group}")
async def show_one(
    request: Request,
    session: SessionDep,
    actor: OfficeActorDep,
    outside: OutsideDep,
    marketplace: str,
    group: str,
) -> Response:
    """Search a category, then give the values it asks for."""
    _told(outside, marketplace)
    return await _choice(request, session, marketplace, group, dict(request.query_params), [])


@router.post(CATEGORIES + "/{marketplace}/{group}")
async def choose(
    request: Request,
    session: SessionDep,
    actor: OfficeActorDep,
    outside: OutsideDep,
    marketplace: str,
    group: str,
) -> Response:
    """Send the group's products there from now on."""
    _told(outside, marketplace)
    values = await typed(request)
    lesson = values.get("lesson", "")
    taken: dict[str, Any] = {
        "category_id": values.get("category", ""),
        "sub_group_code": values.get("sub_group", ""),
        "attributes": _attributes(values),
    }
    done = await tried(
        session,
        lambda: (
            lessons.take(session, actor, lesson_id=_id(lesson), **taken)
            if lesson
            else mapping.choose(session, actor, marketplace_key=marketplace, group_code=group, **taken)
        ),
    )
    if isinstance(done, NotFound):
        raise done
    if isinstance(done, HubError):
        return await _choice(request, session, marketplace, group, values, problems(done, "q"))
    await mapping_reads.want_read(session, marketplace, taken["category_id"])
    return see(CATEGORIES, "nganh-hang")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("Không tìm thấy đề xuất này.") from None


def _attributes(values: dict[str, str]) -> dict[str, str]:
    """The fields by their names, and further ones written as “name = value”, one on each line."""
    given = {
        values.get(_NAME + field.removeprefix(_VALUE), ""): value
        for field, value in values.items()
        if field.startswith(_VALUE)
    }
    for line in values.get("others", "").splitlines():
        name, _, value = line.partition("=")
        given[clean(name)] = clean(value)
    return {name: value for name, value in given.items() if name and value}


async def _choice(
    request: Request,
    session: AsyncSession,
    marketplace: str,
    group: str,
    values: dict[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    floor = await session.get(MarketplaceRow, marketplace)
    groups = await _groups(session)
    if floor is None or group not in groups:
        raise NotFound("Không tìm thấy sàn hoặc nhóm sản phẩm này.")
    tree = await session.get(CategoryTree, marketplace)
    known = tree.tree if tree is not None else {}
    picked = values.get("category", "")
    fields = mapping.read_fields(tree.fields.get(picked)) if tree is not None else ()
    if picked in known and tree is not None and picked not in tree.fields:
        await mapping_reads.want_read(session, marketplace, picked)
    words = values.get("q", "")
    held = await _held(session, marketplace, group, picked)
    context = {
        "marketplace_name": floor.name,
        "group_name": groups[group],
        "action": f"{CATEGORIES}/{marketplace}/{group}",
        "back_href": CATEGORIES,
        "q": words,
        "lesson": values.get("lesson", ""),
        "tree_read": bool(known),
        "found": [
            {"id": each, "path": path} for each, path in (mapping.search(known, words) if known else [])
        ],
        "picked": picked if picked in known else "",
        "picked_path": mapping.path_of(known, picked),
        "fields_read": tree is not None and picked in tree.fields,
        "fields": _fields(fields, values, held, lang),
        "others": values.get("others", _others(fields, held)),
        "sub_group_options": goods.options(await _sub_groups(session, group), lang, first=N_("Cả nhóm")),
        "sub_group": values.get("sub_group", ""),
        "errors": errors,
    }
    return render(request, "officer/category.html", context, status=422 if errors else 200)


async def _held(session: AsyncSession, marketplace: str, group: str, category_id: str) -> dict[str, str]:
    """The values that are sent with this category today."""
    in_force = await session.scalars(
        mapping.open_mappings(marketplace).where(
            CategoryMapping.group_code == group, CategoryMapping.category_id == category_id
        )
    )
    found = in_force.first()
    return found.attributes if found is not None else {}


def _fields(
    fields: Sequence[CategoryField], values: dict[str, str], held: dict[str, str], lang: Lang
) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "name": each.name,
            "required": each.required,
            "options": goods.options([(value, value) for value in each.values], lang) if each.values else [],
            "value": values.get(f"{_VALUE}{number}", held.get(each.name, "")),
        }
        for number, each in enumerate(fields)
    ]


def _others(fields: Sequence[CategoryField], held: dict[str, str]) -> str:
    """Values under names that the marketplace did not tell, as :func:`_attributes` reads them."""
    told = {each.name for each in fields}
    return "\n".join(f"{name} = {value}" for name, value in held.items() if name not in told)


async def _sub_groups(session: AsyncSession, group: str) -> list[tuple[str, str]]:
    rows = await session.execute(
        select(ProductSubGroup.code, ProductSubGroup.name_vi)
        .where(ProductSubGroup.group_code == group, ProductSubGroup.valid_to.is_(None))
        .order_by(ProductSubGroup.position)
    )
    return [(code, name) for code, name in rows]


def _told(outside: Outside, marketplace: str) -> None:
    if mapping_reads.teller(outside, marketplace) is None:
        raise NotFound("Sàn này không cho đọc ngành hàng.")


async def _groups(session: AsyncSession) -> dict[str, str]:
    rows = await session.execute(
        select(ProductGroup.code, ProductGroup.name_vi)
        .where(ProductGroup.valid_to.is_(None))
        .order_by(ProductGroup.position)
    )
    return dict(iter(rows))
