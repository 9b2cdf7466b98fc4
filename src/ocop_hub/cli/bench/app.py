"""The command: one bench by name, as one line for people or one object for programs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from ocop_hub.cli.output import FormatOption, OutputFormat

if TYPE_CHECKING:
    from ocop_hub.cli.bench.frame import BenchResult

#: Name → module; each has ``run() -> BenchResult`` and is imported when it is asked for.
BENCHES = {
    "gs1": "ocop_hub.cli.bench.gs1",
    "import": "ocop_hub.cli.bench.import_",
    "scan": "ocop_hub.cli.bench.scan",
    "help": "ocop_hub.cli.bench.start:help_time",
    "rest": "ocop_hub.cli.bench.start:memory_at_rest",
}

app = typer.Typer(no_args_is_help=True, invoke_without_command=True, help="Measure the promises.")


@app.callback()
def bench(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(BENCHES)}, all.")],
    format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Measure one promise (or all) on this machine.

    Example: ocop-hub bench import --format json
    """
    if name != "all" and name not in BENCHES:
        raise typer.BadParameter(f"one of {', '.join(BENCHES)}, all", param_hint="NAME")
    for each in BENCHES if name == "all" else [name]:
        result = run(each)
        typer.echo(result.as_json() if format is OutputFormat.JSON else _line(result))


def run(name: str) -> BenchResult:
    """Run one bench of :data:`BENCHES`."""
    module, _, function = BENCHES[name].partition(":")
    result: BenchResult = getattr(import_module(module), function or "run")()
    return result


def _line(result: BenchResult) -> str:
    more = [
        f"{label} {value:.1f}"
        for label, value in (
            ("p50 ms", result.p50_ms),
            ("p95 ms", result.p95_ms),
            ("p99 ms", result.p99_ms),
            ("peak MB", result.peak_mb),
        )
        if value is not None
    ]
    figures = f"{result.figure:,.2f} {result.unit} (limit {result.limit:,.2f}, ratio {result.ratio:.2f})"
    return "  ".join([f"{result.name}:", figures, *more, result.notes])
