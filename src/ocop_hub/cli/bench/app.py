"""The commands: one per bench, as one line for people or one object for programs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from ocop_hub.cli.output import FormatOption, OutputFormat

if TYPE_CHECKING:
    from ocop_hub.cli.bench.frame import BenchResult

#: Name → (function that measures it, imported when asked for; what it measures).
BENCHES = {
    "gs1": ("ocop_hub.cli.bench.gs1:run", "GS1 codes checked in a second."),
    "import": ("ocop_hub.cli.bench.import_:run", "10,000 rows of a sheet read, checked and stored."),
    "scan": ("ocop_hub.cli.bench.scan:run", "Scans stored and answered, against a constant page."),
    "scan-serials": (
        "ocop_hub.cli.bench.scan:run_serials",
        "Scans of serial labels, checked, counted and answered, against a constant page.",
    ),
    "labels-pdf": ("ocop_hub.cli.bench.labels:pdf", "10,000 labels as PDF, each symbol read back."),
    "labels-csv": ("ocop_hub.cli.bench.labels:csv", "A million labels as CSV, streamed."),
    "labels-codes": ("ocop_hub.cli.bench.labels:codes", "Symbols made and read back a second."),
    "labels-forged": ("ocop_hub.cli.bench.labels:forged", "A million forged serials: none may be accepted."),
    "demo": ("ocop_hub.cli.bench.demo:first_start", "Seconds until a first demo is ready."),
    "demo-again": ("ocop_hub.cli.bench.demo:second_start", "Seconds until a demo is ready again."),
    "coverage": (
        "ocop_hub.cli.bench.coverage:run",
        "Questions about the percentage over 2.2 million intervals.",
    ),
    "search": ("ocop_hub.cli.bench.search:run", "The one box over 20,000 products, and a page of 50."),
    "publish": (
        "ocop_hub.cli.bench.publish:run",
        "Listings put up, against the same calls without the controller.",
    ),
    "outage": (
        "ocop_hub.cli.bench.outage:run",
        "One marketplace never answers: what the lane of another puts up meanwhile.",
    ),
    "help": ("ocop_hub.cli.bench.start:help_time", "Seconds until `ocop-hub --help` has answered."),
    "rest": ("ocop_hub.cli.bench.start:memory_at_rest", "Memory of the web process at rest."),
}

#: Benches on generated data, whose amount can be chosen.
SCALED = frozenset({"coverage", "search"})

#: Benches before which rows can be put into the tables they write.
FILLED = frozenset({"scan", "scan-serials"})

app = typer.Typer(no_args_is_help=True, help="Measure the promises on this machine.")


def run(name: str, **options: float) -> BenchResult:
    """Run one bench of :data:`BENCHES`; those of :data:`SCALED` take ``scale``, of :data:`FILLED` ``rows``."""
    module, _, function = BENCHES[name][0].partition(":")
    result: BenchResult = getattr(import_module(module), function)(**options)
    return result


def _add(name: str, what: str) -> None:
    def command(format: FormatOption = OutputFormat.TEXT) -> None:
        _show(name, format)

    def scaled(
        format: FormatOption = OutputFormat.TEXT,
        scale: Annotated[
            float, typer.Option(min=0.001, max=20, help="1: as promised; less is quicker")
        ] = 1.0,
    ) -> None:
        _show(name, format, scale=scale)

    def filled(
        format: FormatOption = OutputFormat.TEXT,
        rows: Annotated[
            int,
            typer.Option(
                min=0, max=100_000_000, help="Scans and activations there before; 10000000 as promised"
            ),
        ] = 0,
    ) -> None:
        _show(name, format, rows=rows)

    chosen = scaled if name in SCALED else filled if name in FILLED else command
    app.command(name, help=f"{what}\n\nExample: ocop-hub bench {name} --format json")(chosen)


for _name, (_, _what) in BENCHES.items():
    _add(_name, _what)


@app.command("all")
def run_all(format: FormatOption = OutputFormat.TEXT) -> None:
    """Every bench, one after the other.

    Example: ocop-hub bench all --format json
    """
    for name in BENCHES:
        _show(name, format)


def _show(name: str, format: OutputFormat, **options: float) -> None:
    result = run(name, **options)
    typer.echo(result.as_json() if format is OutputFormat.JSON else _line(result))


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
