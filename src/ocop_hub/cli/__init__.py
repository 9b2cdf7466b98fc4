"""The ``ocop-hub`` command. Heavy imports stand inside the commands: ``--help`` must be quick."""

from __future__ import annotations

import sys

import typer

from ocop_hub.cli import (
    accounts,
    audit,
    backup,
    bench,
    demo,
    export,
    gs1,
    import_,
    labels,
    listing,
    marketplace,
    publish,
    report,
    serving,
    trace,
    upkeep,
)
from ocop_hub.errors import HubError

app = typer.Typer(
    name="ocop-hub",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Products, trace labels, marketplace listings, and the share of products really listed.",
)
app.command("serve")(serving.serve)
app.command("worker")(serving.worker)
app.command("sandbox")(serving.sandbox)
app.command("demo")(demo.demo)
app.command("import")(import_.import_file)
app.command("export")(export.export_file)
app.command("publish")(publish.publish)
app.command("migrate")(upkeep.migrate)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("doctor")(upkeep.doctor)
app.command("openapi")(upkeep.openapi)
app.add_typer(accounts.app, name="user")
app.add_typer(report.app, name="report")
app.add_typer(marketplace.app, name="marketplace")
app.add_typer(listing.app, name="listing")
app.add_typer(labels.app, name="labels")
app.add_typer(gs1.app, name="gs1")
app.add_typer(trace.app, name="trace")
app.add_typer(audit.app, name="audit")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run the command; an expected refusal is one sentence and exit status 1."""
    try:
        app()
    except HubError as refusal:
        sys.stderr.write(f"{refusal.detail}\n")
        for field in refusal.fields:
            sys.stderr.write(f"  {field.field}: {field.problem}\n")
        raise SystemExit(1) from None
