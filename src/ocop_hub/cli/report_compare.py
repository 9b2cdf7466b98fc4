"""``ocop-hub report coverage --compare``: two days side by side; and how a part is asked for on the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from datetime import date

    from ocop_hub.reporting.asking import Asked
    from ocop_hub.reporting.comparing import Comparison
    from ocop_hub.reporting.figures import By


def narrowed_by(only: Sequence[str]) -> dict[By, str]:
    """``["stars=4"]`` as the part that is asked about. Raises ``typer.BadParameter``."""
    from ocop_hub.reporting.figures import By

    parts = {}
    for text in only:
        cut, equals, key = text.partition("=")
        if not equals or cut not in set(By) - {By.TOTAL, By.MONTH}:
            raise typer.BadParameter(f"“{text[:60]}” is not CUT=KEY such as stars=4", param_hint="--only")
        parts[By(cut)] = key
    return parts


@contextmanager
def parts_as_options() -> Iterator[None]:
    """A part or a province that there is not is a wrong option: exit status 2 with the sentence, as for any other."""
    from ocop_hub.reporting.errors import UnknownPart

    try:
        yield
    except UnknownPart as refusal:
        of_province = any(field.field == "province" for field in refusal.fields)
        raise typer.BadParameter(
            refusal.detail, param_hint="--province" if of_province else "--only"
        ) from None


def compared(asked: Asked, since: date, by: By, format: str, out: Path | None) -> None:
    """Print or write what moved between ``since`` and the day asked about."""
    from ocop_hub.reporting.comparison_schemas import comparison_out
    from ocop_hub.web.reports.compare import moved_csv

    with parts_as_options():
        found = asyncio.run(_ask(asked, since, by))
    if format == "json":
        content = comparison_out(found).model_dump_json(indent=2).encode() + b"\n"
    elif format == "csv":
        content = moved_csv(found)
    else:
        content = _text(found).encode()
    if out is None:
        typer.get_binary_stream("stdout").write(content)
    else:
        out.write_bytes(content)
        typer.echo(f"Đã ghi {out}.")


async def _ask(asked: Asked, since: date, by: By) -> Comparison:
    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.reporting.comparing import compare

    async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
        question = await asked.question(session, runtime.settings.home_province)
        return await compare(session, SYSTEM_ACTOR, question, since, by)


def _text(found: Comparison) -> str:
    from ocop_hub.reporting.comparing import Way
    from ocop_hub.reporting.papers.export import fraction_text, percent_text
    from ocop_hub.web.reports.compare import why_moved
    from ocop_hub.web.reports.words import WAYS

    before, after = found.change.before, found.figure.counts
    lines = [
        f"Hết ngày {found.change.since:%d/%m/%Y}: {percent_text(before)} ({fraction_text(before)})",
        f"Hết ngày {found.question.as_of:%d/%m/%Y}: {percent_text(after)} ({fraction_text(after)})",
        f"Cách tính số {found.question.rule.number}. {found.question.rule.note}".rstrip(),
    ]
    for row in found.rows:
        lines.append(f"  {row.label}: {fraction_text(row.before)} → {fraction_text(row.after)}")
    for way in Way:
        lines.append(f"{WAYS[way]}: {getattr(found.change, way.value)}")
        for one in found.moved:
            if one.way is way:
                why = " ".join(part for part in why_moved(one, "vi") if part)
                lines.append(f"  {one.name} ({one.producer_name}, {one.unit_name}). {why}".rstrip())
    return "\n".join(lines) + "\n"
