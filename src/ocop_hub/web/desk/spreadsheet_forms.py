"""What the import's preview shows and asks, and the answers read back from its forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ocop_hub.catalogue.reference import GROUPS
from ocop_hub.certificates.models import IssuerLevel, RecognitionDecision
from ocop_hub.intake.columns import Field, name_of
from ocop_hub.intake.given import GivenDecision
from ocop_hub.intake.models import ImportRun
from ocop_hub.intake.unsure import NEW
from ocop_hub.kit import clock
from ocop_hub.kit.values import parse_date
from ocop_hub.web import goods
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, read
from ocop_hub.web.i18n import N_, translate

#: More is not read on one page.
PROBLEMS_PER_PAGE: Final = 100
#: Asked at a time; the rest comes when these are answered.
MOST_QUESTIONS: Final = 50
_DECISION: Final = ("decision_number", "decision_issued_on", "decision_level", "decision_issuer")
_LONGEST: Final = 200


def preview(run: ImportRun, lang: Lang, *, page: int, path: str) -> dict[str, Any]:
    """The template's ``preview``; ``page`` of the problems, from 1."""
    report, counts = run.report, run.counts
    errors = report["errors"]
    pages = max(1, -(-len(errors) // PROBLEMS_PER_PAGE))
    page = min(page, pages)
    shown = errors[(page - 1) * PROBLEMS_PER_PAGE : page * PROBLEMS_PER_PAGE]
    return {
        "file_name": run.filename,
        "token": "",
        "rows": report["rows"],
        "to_create": counts["created"],
        "to_update": counts["updated"],
        "unchanged": counts["unchanged"],
        "to_fix": counts["wrong"],
        "duplicates": counts["duplicates"],
        "unclear": report.get("unclear", ""),
        "columns": [{"header": each["header"], "field": each["field"]} for each in report["columns"]],
        "field_options": _field_options(lang),
        "group_options": _group_options(report, lang),
        "group": report.get("group", ""),
        "questions": [_question(each, lang) for each in report.get("questions", [])[:MOST_QUESTIONS]],
        "fonts": report.get("fonts", []),
        "font_cells": report.get("font_cells", 0),
        "fonts_off": not report.get("convert", True),
        "say_action": f"{path}/noi-lai",
        "problems": [_problem(each) for each in shown],
        "problem_total": len(errors),
        "previous": f"{path}?trang={page - 1}" if page > 1 else "",
        "next": f"{path}?trang={page + 1}" if page < pages else "",
        "warnings": [_problem(each) for each in report["warnings"][:PROBLEMS_PER_PAGE]],
        "warning_total": len(report["warnings"]),
        "marked_href": "" if report.get("unclear") else f"/api/v1/imports/{run.id}/marked.xlsx",
    }


def _field_options(lang: Lang) -> list[dict[str, str]]:
    fields = [(field.value, name_of(field)) for field in Field]
    return goods.options(fields, lang, first=N_("Không dùng"))


def _group_options(report: Mapping[str, Any], lang: Lang) -> list[dict[str, str]]:
    """The groups to choose one for the whole file, where no column tells each row's."""
    if any(each["field"] == Field.GROUP.value for each in report["columns"]):
        return []
    groups = [(code, en if lang == "en" else vi) for code, vi, en, _ in GROUPS]
    return goods.options(groups, lang, first=N_("Chưa chọn"))


def group_of(values: Mapping[str, str]) -> str | None:
    """The group chosen for the whole file, "" for none; None where it was not asked."""
    chosen = values.get("nhom")
    return chosen if chosen in {"", *(code for code, *_ in GROUPS)} else None


def _question(each: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    known = [
        {"value": one["id"], "label": f"{one['name']} ({one['place']})" if one["place"] else one["name"]}
        for one in each["candidates"]
    ]
    about = N_("Là chủ thể mới") if each["kind"] == "producer" else N_("Là sản phẩm mới")
    return {
        "key": each["key"],
        "kind": each["kind"],
        "written": each["written"],
        "rows": ", ".join(str(row) for row in each["rows"]),
        "options": [*known, {"value": NEW, "label": translate(lang, about)}],
        "answer": each["answer"],
    }


def _problem(each: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "row": each["row"],
        "field_label": each["field"],
        "value": each.get("value", ""),
        "problem": each["problem"],
    }


def columns_of(run: ImportRun, values: Mapping[str, str]) -> dict[str, str]:
    """Header to field, as chosen; empty where the columns' form was not sent.

    Only what differs from how the column was understood is said, so that nothing else is remembered.
    """
    said = {}
    for n, column in enumerate(run.report["columns"]):
        chosen = values.get(f"cot-{n}")
        if chosen is not None and chosen != column["field"]:
            said[column["header"]] = chosen
    return said


def answers_of(values: Mapping[str, str]) -> dict[str, str]:
    """Question's key to answer."""
    count = sum(1 for name in values if name.startswith("khoa-"))
    return {values[f"khoa-{n}"]: values.get(f"hoi-{n}", "") for n in range(count) if f"khoa-{n}" in values}


def decision_of(values: Mapping[str, str], errors: list[Problem]) -> GivenDecision | None:
    """The decision typed beside the file; None where none was."""
    number = values.get("decision_number", "")
    if not number:
        return None
    issued_on = read(values, "decision_issued_on", parse_date, errors)
    if len(number) > _LONGEST:
        errors.append({"field": "decision_number", "problem": "Nhiều nhất 200 ký tự."})
    if not values.get("decision_issued_on"):
        errors.append({"field": "decision_issued_on", "problem": "Chưa ghi ngày quyết định."})
    if issued_on is not None and issued_on > clock.today():
        errors.append(
            {"field": "decision_issued_on", "problem": "Ngày quyết định chưa tới. Hãy xem lại ngày."}
        )
    if errors or issued_on is None:
        return None
    level = values.get("decision_level", "")
    return GivenDecision(
        number,
        issued_on,
        IssuerLevel(level) if level in set(IssuerLevel) else None,
        values.get("decision_issuer", "")[:_LONGEST],
    )


def decision_values(decision: RecognitionDecision) -> dict[str, str]:
    """A known decision as the fields say it."""
    return {
        "decision_number": decision.number,
        "decision_issued_on": decision.issued_on.isoformat() if decision.issued_on else "",
        "decision_level": decision.issuer_level.value,
        "decision_issuer": decision.issuer_name,
    }


def decision_fields(values: Mapping[str, str] | None, lang: Lang) -> dict[str, Any]:
    """The fields of a decision, from what was typed or from what is kept with the file."""
    kept = dict(values or {})
    if "number" in kept:
        names = ("number", "issued_on", "issuer_level", "issuer_name")
        kept = dict(zip(_DECISION, (kept[name] for name in names), strict=True))
    levels = [(level.value, translate(lang, text)) for level, text in goods.ISSUERS.items()]
    return {
        "typed": {name: kept.get(name, "") for name in _DECISION},
        "level_options": goods.options(levels, lang, first=N_("Theo hạng sao và ngày")),
        "today": clock.today().isoformat(),
    }
