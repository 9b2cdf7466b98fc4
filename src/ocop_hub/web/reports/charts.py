"""The dashboard's drawings: each as SVG and PNG by its address, and with its table and source line on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.kit.headers import saved_as
from ocop_hub.producers.access import ReportsActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.reporting import charts, coverage, sentences, tile_map
from ocop_hub.reporting.asking import Asked, AskedDep
from ocop_hub.reporting.charts import Caption, Chart
from ocop_hub.reporting.figures import By, Row
from ocop_hub.reporting.papers import export
from ocop_hub.reporting.papers.making import place_label
from ocop_hub.reporting.question import Question
from ocop_hub.web import format as fmt
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import translate
from ocop_hub.web.public.front import REPORTS
from ocop_hub.web.render import request_language
from ocop_hub.web.reports import words as report_words

router = APIRouter(include_in_schema=False)

SVG: Final = f"{REPORTS}/bieu-do.svg"
PNG: Final = f"{REPORTS}/bieu-do.png"
ROWS_CSV: Final = f"{REPORTS}/bang.csv"
#: A chart opened by itself loads nothing and runs nothing.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
Drawn = Literal[By.MONTH, By.UNIT, By.MARKETPLACE, By.GROUP, By.STARS, By.KIND, By.DISTRICT, By.PRODUCER]


@router.get(SVG)
async def svg(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    asked: AskedDep,
    by: Drawn = By.MONTH,
    kieu: Literal["", "ban-do"] = "",
) -> Response:
    """One chart as SVG: the trend by month, bars by another cut, or the communes as tiles."""
    question = await asked.question(session, settings.home_province)
    lang = request_language(request)
    drawn = await _draw(session, actor, question, by, lang, tiles=kieu == "ban-do")
    headers = {"Cache-Control": "private, max-age=60", "Content-Security-Policy": _POLICY}
    return Response(drawn.svg, media_type="image/svg+xml", headers=headers)


@router.get(PNG)
async def png(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    asked: AskedDep,
    by: Drawn = By.MONTH,
    kieu: Literal["", "ban-do"] = "",
) -> Response:
    """The same as PNG, for a document."""
    question = await asked.question(session, settings.home_province)
    lang = request_language(request)
    drawn = await _draw(session, actor, question, by, lang, tiles=kieu == "ban-do")
    name = f"{kieu or by.value}-{question.as_of.isoformat()}.png"
    headers = {**saved_as(name), "Cache-Control": "private, max-age=60"}
    return Response(await charts.png(drawn), media_type="image/png", headers=headers)


@router.get(ROWS_CSV)
async def rows_csv(
    session: SessionDep, settings: SettingsDep, actor: ReportsActorDep, asked: AskedDep, by: By = By.UNIT
) -> Response:
    """The rows of a cut as a file."""
    question = await asked.question(session, settings.home_province)
    found = await coverage.report(session, actor, question, by)
    return csv_file(export.rows_csv(found), f"ty-le-len-san-{by.value}-{question.as_of.isoformat()}")


def csv_file(content: bytes, name: str) -> Response:
    """A download under ``name`` (without ending)."""
    return Response(content, media_type="text/csv; charset=utf-8", headers=saved_as(f"{name}.csv"))


async def _draw(
    session: AsyncSession, actor: Actor, question: Question, by: By, lang: Lang, *, tiles: bool
) -> Chart:
    if tiles:
        rows = await coverage.rows(session, actor, question, By.UNIT)
        return tile_map.draw(rows, _caption(actor, question, report_words.MAP_TITLE, lang), map_words(lang))
    rows = await coverage.rows(session, actor, question, by)
    caption = _caption(actor, question, report_words.CHART_TITLES[by], lang)
    return await (charts.trend(rows, caption) if by is By.MONTH else charts.bars(rows, caption))


def _caption(actor: Actor, question: Question, title: str, lang: Lang) -> Caption:
    place = place_label(actor, question.province)
    said = translate(lang, title)
    return Caption(f"{said}, {place}" if place else said, source_line(question, lang))


def source_line(question: Question, lang: Lang) -> str:
    """Day, rule and where the numbers come from."""
    rule = question.rule
    said = translate(
        lang,
        report_words.SOURCE,
        day=fmt.day(question.as_of, lang=lang),
        number=rule.number,
        since=fmt.day(rule.valid_from, lang=lang),
    )
    return said if rule.official else f"{said} {translate(lang, sentences.TRIAL)}"


def map_words(lang: Lang) -> tile_map.MapWords:
    """The legend in the page's language."""
    none, some, half, most, every = (translate(lang, text) for text in report_words.MAP_CLASSES)
    return tile_map.MapWords(
        shares=(none, some, half, most, every),
        without=translate(lang, report_words.MAP_WITHOUT),
        elsewhere=translate(lang, report_words.MAP_ELSEWHERE),
    )


def trend_figure(rows: Sequence[Row], question: Question, asked: Asked, lang: Lang) -> dict[str, Any] | None:
    """The trend by month; None before two months have something counted."""
    shown = [row for row in rows if row.counts.denominator]
    if len(shown) < 2:
        return None
    first, last = shown[0], shown[-1]
    alt = translate(
        lang,
        report_words.TREND_ALT,
        first=report_words.share(first.counts, lang),
        start=first.label,
        last=report_words.share(last.counts, lang),
        end=last.label,
    )
    height = charts.trend_height()
    return _figure(By.MONTH, shown, question, asked, lang, height=height, alt=alt)


def marketplaces_figure(
    rows: Sequence[Row] | None, question: Question, asked: Asked, lang: Lang
) -> dict[str, Any] | None:
    """Bars by marketplace. Counting them costs as much as the page's own number, so the table (``rows``) is only
    there when it was asked for; the picture is fetched by itself.
    """
    if rows is not None:
        return bars_figure(By.MARKETPLACE, rows, question, asked, lang)
    height = charts.bars_height(len(question.rule.marketplaces))
    title = translate(lang, report_words.CHART_TITLES[By.MARKETPLACE])
    figure = _figure(By.MARKETPLACE, (), question, asked, lang, height=height, alt=title)
    return figure | {
        "table_href": asked.address(REPORTS, bang=By.MARKETPLACE.value) + f"#{By.MARKETPLACE.value}"
    }


def bars_figure(
    by: By, rows: Sequence[Row], question: Question, asked: Asked, lang: Lang
) -> dict[str, Any] | None:
    """Bars by a cut; None where nothing is counted."""
    shown = [row for row in rows if row.counts.denominator]
    if not shown:
        return None
    most = max(shown, key=lambda row: row.counts.numerator / row.counts.denominator)
    least = min(shown, key=lambda row: row.counts.numerator / row.counts.denominator)
    alt = translate(
        lang,
        report_words.BARS_ALT,
        most=most.label,
        high=report_words.share(most.counts, lang),
        least=least.label,
        low=report_words.share(least.counts, lang),
    )
    return _figure(by, shown, question, asked, lang, height=charts.bars_height(len(shown)), alt=alt)


def _figure(
    by: By, rows: Sequence[Row], question: Question, asked: Asked, lang: Lang, *, height: int, alt: str
) -> dict[str, Any]:
    day = question.as_of.isoformat()
    return {
        "id": by.value,
        "src": asked.address(SVG, by=by.value, as_of=day),
        "svg": "",
        "width": charts.WIDTH,
        "height": height,
        "title": translate(lang, report_words.CHART_TITLES[by]),
        "alt": f"{alt}. {source_line(question, lang)}",
        "head": [translate(lang, text) for text in (report_words.CUT_HEADS[by], *report_words.COUNTED_HEAD)],
        "rows": [
            [
                row.label,
                fmt.fraction(row.counts.numerator, row.counts.denominator, lang=lang),
                report_words.share(row.counts, lang),
            ]
            for row in rows
        ],
        "table_href": "",
        "files": _files(asked, by, day, {}),
    }


def map_figure(
    rows: Sequence[Row], list_path: str, question: Question, asked: Asked, lang: Lang
) -> dict[str, Any] | None:
    """The communes as tiles that are links; its table is the page's own by commune. None without communes."""
    communes = [row for row in rows if row.key]
    if not communes:
        return None
    caption = Caption(translate(lang, report_words.MAP_TITLE), source_line(question, lang))

    def href(row: Row) -> str:
        return asked.address(list_path, unit=row.key)

    drawn = tile_map.draw(communes, caption, map_words(lang), href, css_class="not-phone")
    # A phone shows two of the wide map's eight columns: it gets one that is drawn for it.
    small = tile_map.draw(
        communes, caption, map_words(lang), href, layout=tile_map.NARROW, css_class="only-phone"
    )
    return {
        "id": "map",
        "src": "",
        # Made here of escaped texts; links inside a picture work only where it stands in the page itself.
        "svg": Markup(drawn.svg + small.svg),  # noqa: S704 - as just said
        "width": drawn.width,
        "height": drawn.height,
        "title": caption.title,
        "alt": caption.title,
        "head": [],
        "rows": [],
        "table_href": "#don-vi",
        "files": _files(asked, By.UNIT, question.as_of.isoformat(), {"kieu": "ban-do"}),
    }


def _files(asked: Asked, by: By, day: str, more: dict[str, str]) -> list[dict[str, str]]:
    paths: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("PNG", PNG, more),
        ("SVG", SVG, more),
        ("CSV", ROWS_CSV, {}),
    )
    return [
        {"name": name, "href": asked.address(path, by=by.value, as_of=day, **kept)}
        for name, path, kept in paths
    ]
