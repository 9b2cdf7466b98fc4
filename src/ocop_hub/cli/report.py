"""``ocop-hub report``: the province's figures for people and programs."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import typer

from ocop_hub.cli import report_options as options
from ocop_hub.cli.report_compare import compared, narrowed_by, parts_as_options
from ocop_hub.cli.report_files import evidence, indicators

if TYPE_CHECKING:
    from ocop_hub.reporting.asking import Asked
    from ocop_hub.reporting.coverage import Report
    from ocop_hub.reporting.figures import By

app = typer.Typer(no_args_is_help=True, help="The province's figures.")

app.command()(indicators)
app.command()(evidence)


@app.callback()
def main() -> None:
    """The province's figures."""


@app.command()
def coverage(
    as_of: options.AsOf = None,
    by: options.Rows = options.ByWord.TOTAL,
    denominator: options.DenominatorOption = None,
    listing_rule: options.ListingRuleOption = None,
    live_days: options.LiveDays = None,
    period_days: options.PeriodDays = None,
    evidence: options.Evidence = None,
    off_season: options.OffSeasonOption = None,
    geo: options.GeoOption = options.GeoWord.CURRENT,
    marketplace: options.Marketplaces = None,
    province: options.Province = None,
    only: options.Only = None,
    compare: options.Compare = None,
    format: options.Format = options.OutputFormat.TEXT,
    template: options.Template = None,
    out: options.Out = None,
) -> None:
    """The share of OCOP products listed on marketplaces, with numerator, denominator, rule and date.

    Anything that departs from the rule in force makes it a trial, and the answer says so.

    Examples: ocop-hub report coverage --by unit --format json
              ocop-hub report coverage --as-of 2026-09-30 --by marketplace
              ocop-hub report coverage --marketplace postmart --marketplace voso
              ocop-hub report coverage --by unit --format docx --out bao-cao.docx
              ocop-hub report coverage --compare 2026-08-31 --as-of 2026-09-30 --only stars=4
    """
    from ocop_hub.reporting.asking import Asked
    from ocop_hub.reporting.figures import By, Geo

    tried = options.Tried(
        denominator, listing_rule, live_days, period_days, evidence, off_season, marketplace
    )
    asked = Asked(
        as_of=as_of.date() if as_of else None,
        geo=Geo(geo.value),
        province=province,
        overrides=tried.overrides(),
        narrowed=narrowed_by(only or ()),
    )
    if compare is None:
        _reported(asked, By(by.value), options.Paper(format, template, out))
    elif format in options.FILES:
        raise typer.BadParameter("two days compared come as text, json or csv", param_hint="--format")
    else:
        compared(asked, compare.date(), By(by.value), format.value, out)


def _reported(asked: Asked, by: By, paper: options.Paper) -> None:
    """Print or write the figure in the form that is wanted."""
    from ocop_hub.reporting.papers.export import rows_csv
    from ocop_hub.reporting.schemas import coverage_out

    kind = paper.kind()
    template = paper.template.read_bytes() if paper.template else b""
    with parts_as_options():
        found, file = asyncio.run(_ask(asked, by, kind, template))
    if paper.wanted() is options.OutputFormat.JSON:
        text = json.dumps(coverage_out(found).model_dump(mode="json"), ensure_ascii=False, indent=2)
        file = f"{text}\n".encode()
    elif paper.wanted() is options.OutputFormat.CSV:
        file = rows_csv(found)
    if paper.out is not None and file:
        paper.out.write_bytes(file)
        typer.echo(f"Đã ghi {paper.out}.")
    elif file:
        typer.get_binary_stream("stdout").write(file)
    else:
        _show(found)


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
