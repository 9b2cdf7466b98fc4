"""``ocop-hub report``: the province's figures for people and programs."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocop_hub.cli.report_compare import compared, narrowed_by, parts_as_options
from ocop_hub.cli.report_files import evidence, indicators

if TYPE_CHECKING:
    from ocop_hub.reporting.asking import Asked
    from ocop_hub.reporting.coverage import Report
    from ocop_hub.reporting.figures import By

app = typer.Typer(no_args_is_help=True, help="The province's figures.")


class OutputFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    DOCX = "docx"
    PDF = "pdf"


# The words stand here once more so that ``--help`` need not load the rooms; a test holds them equal.
class ByWord(StrEnum):
    TOTAL = "total"
    UNIT = "unit"
    DISTRICT = "district"
    GROUP = "group"
    STARS = "stars"
    KIND = "kind"
    MARKETPLACE = "marketplace"
    PRODUCER = "producer"
    MONTH = "month"


class GeoWord(StrEnum):
    CURRENT = "current"
    AS_CERTIFIED = "as_certified"


class DenominatorWord(StrEnum):
    CERTIFIED_VALID = "certified_valid"
    CERTIFIED_EVER = "certified_ever"
    PARTICIPATING = "participating"


class ListingRuleWord(StrEnum):
    LIVE_ON_AS_OF = "live_on_as_of"
    EVER_LISTED = "ever_listed"
    LIVE_DAYS = "live_days"


class EvidenceWord(StrEnum):
    API = "api"
    LINK = "link"
    SEEN = "seen"
    DECLARED = "declared"


class OffSeasonWord(StrEnum):
    LAST_IN_SEASON = "last_in_season"
    NOT_COUNTED = "not_counted"
    SHOWN_APART = "shown_apart"


app.command()(indicators)
app.command()(evidence)


@app.callback()
def main() -> None:
    """The province's figures."""


@app.command()
def coverage(
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="End of this day in Vietnam; default: today")
    ] = None,
    by: Annotated[ByWord, typer.Option(help="Rows by this")] = ByWord.TOTAL,
    denominator: Annotated[DenominatorWord | None, typer.Option(help="Instead of what the rule says")] = None,
    listing_rule: Annotated[
        ListingRuleWord | None, typer.Option(help="Instead of what the rule says")
    ] = None,
    live_days: Annotated[
        int | None, typer.Option(help="With --listing-rule live_days: at least so many")
    ] = None,
    period_days: Annotated[int | None, typer.Option(help="… of so many days up to the date")] = None,
    evidence: Annotated[EvidenceWord | None, typer.Option(help="The weakest grade that counts")] = None,
    off_season: Annotated[
        OffSeasonWord | None,
        typer.Option(help="Products not sold in that month; instead of what the rule says"),
    ] = None,
    geo: Annotated[GeoWord, typer.Option(help="Communes of today, or as recognised")] = GeoWord.CURRENT,
    marketplace: Annotated[
        list[str] | None, typer.Option(help="Count only these marketplaces; repeatable")
    ] = None,
    province: Annotated[str | None, typer.Option(help="Code of another province; empty: all")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Only a part, as CUT=KEY, e.g. stars=4, unit=c-06970-20250701, producer=ID, marketplace=voso"
        ),
    ] = None,
    compare: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="What moved since the end of this day, and why; text, json or csv"
        ),
    ] = None,
    format: Annotated[
        OutputFormat,
        typer.Option(help="text for people; json, csv for programs; xlsx, docx, pdf to send upward"),
    ] = OutputFormat.TEXT,
    template: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A docx or xlsx of your own with fields to fill in"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write here; needed for xlsx, docx and pdf")] = None,
) -> None:
    """The share of OCOP products listed on marketplaces, with numerator, denominator, rule and date.

    Anything that departs from the rule in force makes it a trial, and the answer says so.

    Examples: ocop-hub report coverage --by unit --format json
              ocop-hub report coverage --as-of 2026-09-30 --by marketplace
              ocop-hub report coverage --marketplace postmart --marketplace voso
              ocop-hub report coverage --by unit --format docx --out bao-cao.docx
              ocop-hub report coverage --compare 2026-08-31 --as-of 2026-09-30 --only stars=4
    """
    import asyncio

    from ocop_hub.marketplaces.contract import Grade
    from ocop_hub.reporting.asking import Asked
    from ocop_hub.reporting.figures import By, Geo
    from ocop_hub.reporting.models import Denominator, ListingRule, OffSeason
    from ocop_hub.reporting.papers import templates
    from ocop_hub.reporting.papers.export import rows_csv
    from ocop_hub.reporting.rules import Overrides
    from ocop_hub.reporting.schemas import coverage_out

    asked = Asked(
        as_of=as_of.date() if as_of else None,
        geo=Geo(geo.value),
        province=province,
        overrides=Overrides(
            denominator=Denominator(denominator.value) if denominator else None,
            listing_rule=ListingRule(listing_rule.value) if listing_rule else None,
            live_days=live_days,
            period_days=period_days,
            least_evidence=Grade(evidence.value) if evidence else None,
            off_season=OffSeason(off_season.value) if off_season else None,
            marketplaces=tuple(marketplace) if marketplace else None,
        ),
        narrowed=narrowed_by(only or ()),
    )
    if compare is not None:
        if format in _FILES:
            raise typer.BadParameter("two days compared come as text, json or csv", param_hint="--format")
        compared(asked, compare.date(), By(by.value), format.value, out)
        return
    if template is not None:
        format = OutputFormat(templates.kind_of(template.name).value)
    kind = format.value if format in _FILES else ""
    if kind and out is None:
        raise typer.BadParameter(f"{kind} is a file: say where with --out", param_hint="--out")
    with parts_as_options():
        found, file = asyncio.run(_ask(asked, By(by.value), kind, template.read_bytes() if template else b""))
    if format is OutputFormat.JSON:
        text = json.dumps(coverage_out(found).model_dump(mode="json"), ensure_ascii=False, indent=2)
        file = f"{text}\n".encode()
    elif format is OutputFormat.CSV:
        file = rows_csv(found)
    if out is not None and file:
        out.write_bytes(file)
        typer.echo(f"Đã ghi {out}.")
    elif file:
        typer.get_binary_stream("stdout").write(file)
    else:
        _show(found)


_FILES = (OutputFormat.XLSX, OutputFormat.DOCX, OutputFormat.PDF)


async def _ask(asked: Asked, by: By, kind: str, template: bytes) -> tuple[Report, bytes]:
    """The report, and as a file when ``kind`` names one."""
    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.reporting.coverage import report

    async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
        question = await asked.question(session, runtime.settings.home_province)
        found = await report(session, SYSTEM_ACTOR, question, by)
        if not kind:
            return found, b""
        from ocop_hub.reporting.papers import templates
        from ocop_hub.reporting.papers.making import PaperKind, paper, written
        from ocop_hub.web.public.front import REPORTS

        path = asked.address(REPORTS, as_of=question.as_of.isoformat())
        wanted = await paper(session, runtime.settings, found, path=path)
        if template:
            return found, templates.fill(template, PaperKind(kind), wanted)
        return found, await written(wanted, PaperKind(kind))


def _show(found: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    from ocop_hub.reporting.papers.export import fraction_text, percent_text

    figure, rule = found.figure, found.question.rule
    console = Console()
    console.print(f"[bold]{percent_text(figure.counts)}[/]  {fraction_text(figure.counts)} sản phẩm")
    note = f" ({rule.note})" if rule.note else ""
    console.print(
        f"Tính đến ngày {figure.as_of:%d/%m/%Y}, cách tính số {rule.number} "
        f"áp dụng từ {rule.valid_from:%d/%m/%Y}{note}. Số liệu tạm tính."
    )
    if not found.rows:
        return
    table = Table("", "Đã lên sàn", "Tỷ lệ", box=None)
    for row in found.rows:
        table.add_row(row.label, fraction_text(row.counts), percent_text(row.counts))
    console.print(table)
