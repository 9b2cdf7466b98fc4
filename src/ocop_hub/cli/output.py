"""What commands print: text for people, one JSON object for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer


class OutputFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[OutputFormat, typer.Option("--format", help="text for people, json for programs")]


def print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """One object on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_listing(listing: Mapping[str, Any]) -> None:
    """The few lines a person wants of a listing (the shape of ``ListingOut``); on its way down it says so."""
    down = listing["desired"] != "live" and listing["state"] not in ("unlisted", "deleted")
    ahead = f" → {listing['desired']}" if down else ""
    typer.echo(f"{listing['id']}  {listing['marketplace_key']}  {listing['state']}{ahead}")
    for name in ("public_url", "reason"):
        if listing[name]:
            typer.echo(f"  {listing[name]}")
