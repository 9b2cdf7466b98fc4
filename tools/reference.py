"""Write docs/reference/ from the code itself: ``make docs``. A test fails when the pages are not current."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import UnionType
from typing import Any, Union, get_args, get_origin

import typer.main
from pydantic import SecretStr
from pydantic.fields import FieldInfo

import ocop_hub
from ocop_hub.cli import app
from ocop_hub.errors import TYPE_PREFIX, HubError
from ocop_hub.marketplaces.contract import Capabilities, Mode
from ocop_hub.marketplaces.registry import ADAPTERS, MARKETPLACES, Kind
from ocop_hub.settings import MarketplaceSettings, Settings

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
HEAD = "<!-- Made by `make docs` from the code. Change the code, not this page. -->\n"
PREFIX = "OCOP_HUB_"

MODES = {
    Mode.API: "Tự động",
    Mode.FEED: "Sàn tự lấy dữ liệu",
    Mode.SHEET: "Tải tệp lên",
    Mode.ASSISTED: "Làm theo hướng dẫn",
}
KINDS = {Kind.MARKETPLACE: "sàn", Kind.FLOOR: "sàn của địa phương", Kind.CHANNEL: "kênh khác"}


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; bars inside cells are escaped."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


# Settings


def settings_page() -> str:
    """Every setting with its environment name, default, limits and meaning."""
    rows = [
        setting_row(PREFIX + name.upper(), field)
        for name, field in Settings.model_fields.items()
        if name != "marketplaces"
    ]
    each = [
        setting_row(f"{PREFIX}MARKETPLACES__KEY__{name.upper()}", field)
        for name, field in MarketplaceSettings.model_fields.items()
    ]
    header = ("name", "default", "limits", "meaning")
    return (
        f"{HEAD}# Settings\n\n"
        "From the environment, or from a file `.env` in the working folder. What is not set has its default; "
        "`ocop-hub doctor` prints what holds, secrets hidden.\n\n"
        f"{table(header, rows)}\n"
        "## For each marketplace\n\n"
        "`KEY` is the marketplace's key in capitals, e.g. `SHOPEE`; keys are listed in "
        "[marketplaces](marketplaces.md).\n\n"
        f"{table(header, each)}"
    )


def setting_row(name: str, field: FieldInfo) -> tuple[str, str, str, str]:
    """One line of the table. Raises ValueError where the setting is not described."""
    if not field.description:
        raise ValueError(f"{name} has no description")
    return f"`{name}`", default_text(field.default), limits_text(field), field.description


def default_text(value: Any) -> str:
    """A default as one would type it; secrets and empty values are empty."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value in ("", [], {}):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def limits_text(field: FieldInfo) -> str:
    """Type and bounds in words."""
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    bounds = [
        f"{sign} {bound}"
        for name, sign in signs.items()
        for each in field.metadata
        if (bound := getattr(each, name, None)) is not None
    ]
    return ", ".join([type_text(field.annotation), *bounds])


def type_text(annotation: Any) -> str:
    """A type for people."""
    if get_origin(annotation) in (Union, UnionType):
        return type_text(next(part for part in get_args(annotation) if part is not type(None)))
    if get_origin(annotation) is list:
        return "JSON list"
    names = {int: "whole number", float: "number", bool: "true or false", str: "text", SecretStr: "secret"}
    return names.get(annotation, "folder" if annotation is Path else str(annotation))


# Commands


def commands_page() -> str:
    """Every command's help, in the order of ``ocop-hub --help``."""
    root = typer.main.get_command(app)
    parts = [
        f"{HEAD}# Commands\n\n`ocop-hub COMMAND --help` says the same. Exit status 0 is done, 1 is refused with "
        "a sentence, 2 is a command that was typed wrong.\n"
    ]
    parts += [command_text(path, command) for path, command in leaves("ocop-hub", root)]
    return "\n".join(parts)


def leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with the words that lead to it."""
    children: Mapping[str, Any] = getattr(command, "commands", {})
    if not children:
        yield path, command
    for name, child in children.items():
        if not child.hidden:
            yield from leaves(f"{path} {name}", child)


def command_text(path: str, command: Any) -> str:
    """One command: what it does, an example, arguments and options."""
    context = command.make_context(path, [], resilient_parsing=True)
    prose, examples = split_help(command.help or "")
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    text = f"## {path}\n\n{prose}\n\n```sh\n{usage}\n```\n"
    if examples:
        text += f"\nExample:\n\n```sh\n{examples}\n```\n"
    records = [record for each in command.get_params(context) if (record := parameter(each, context))]
    return text + ("\n" + table(("", "meaning"), records) if records else "")


def parameter(given: Any, context: Any) -> tuple[str, str] | None:
    """One argument or option as its help says it; ``--help`` itself is left out."""
    record = given.get_help_record(context)
    if record is None or "--help" in record[0]:
        return None
    return f"`{record[0].strip()}`", " ".join(record[1].split())


def split_help(text: str) -> tuple[str, str]:
    """A docstring's prose, and the commands after "Example:"."""
    prose, *examples = re.split(
        r"(?m)^(?:Examples?|Ví dụ):", re.sub(r"(?m)^ +", "", text.strip()), maxsplit=1
    )
    return prose.strip(), re.sub(r"\n+", "\n", "".join(examples).strip())


# Errors


def errors_page() -> str:
    """Every stable type a refusal can have."""
    rows = [(f"`{kind.code}`", str(kind.status), kind.title) for kind in refusals()]
    return (
        f"{HEAD}# Refusals\n\n"
        "A refusal is `application/problem+json` (RFC 9457): `type, title, status, detail`, and `errors[]` with "
        "`field, code, problem` where fields are wrong. `type` is the code below behind "
        f"`{TYPE_PREFIX}`; it does not change. `detail` is a sentence for people, in Vietnamese, and may.\n\n"
        "What is missing and what belongs to somebody else answer alike, `not-found`. Refusals by the web server "
        "itself (a method that a path does not have) have the type `about:blank`.\n\n"
        f"{table(('type', 'status', 'title'), rows)}"
    )


def refusals() -> list[type[HubError]]:
    """Every kind of refusal with a code of its own, by code."""
    for module in walk_packages(ocop_hub.__path__, "ocop_hub."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    found = {HubError.code: HubError}
    # Deeper classes come later: the class that names a code stands for it, not one that inherits it.
    for kind in below(HubError):
        if kind.__module__.startswith("ocop_hub."):
            found.setdefault(kind.code, kind)
    return [found[code] for code in sorted(found)]


def below(kind: type[HubError]) -> Iterator[type[HubError]]:
    """Subclasses, nearer ones first."""
    level = kind.__subclasses__()
    while level:
        yield from level
        level = [child for each in level for child in each.__subclasses__()]


# Marketplaces


def marketplaces_page() -> str:
    """What each marketplace offers, and those without an adapter."""
    rows = [marketplace_row(key) for key in MARKETPLACES]
    header = (
        "key",
        "name",
        "kind",
        "in the usual rule",
        "mode",
        "creates",
        "updates",
        "takes down",
        "reads what stands",
        "finds by SKU",
        "reads state",
        "checks links",
        "pictures",
    )
    return (
        f"{HEAD}# Marketplaces\n\n"
        "What the program can do at each. Without a mode, products are not sent there; a listing may still be "
        "told of by its link. What is documented and what is assumed about each stands in "
        "[docs/marketplaces](../marketplaces/); one more is added as in "
        "[Adding a marketplace](../adding-a-marketplace.md). `ocop-hub marketplace list` says which are open "
        "today.\n\n"
        f"{table(header, rows)}\n"
        "## Spells\n\n"
        "From the first day on, up to but not including the last.\n\n"
        f"{table(('key', 'status', 'from', 'until'), spells())}"
    )


def marketplace_row(key: str) -> tuple[str, ...]:
    """One line of the feature matrix."""
    fact = MARKETPLACES[key]
    known = (f"`{key}`", fact.name, KINDS[fact.kind], yes(fact.counts_by_default))
    if key not in ADAPTERS:
        return (*known, "–", *[""] * 8)
    offers = capabilities(key)
    return (
        *known,
        f"`{offers.mode}` {MODES[offers.mode]}",
        yes(offers.mode is Mode.API),
        yes(offers.updates),
        yes(offers.unlists),
        yes(offers.lists_items),
        yes(offers.finds_by_sku),
        yes(offers.reads_status),
        yes(offers.checks_links),
        str(offers.max_pictures),
    )


def capabilities(key: str) -> Capabilities:
    """What an adapter's class declares."""
    module, _, attribute = str(ADAPTERS[key]).partition(":")
    declared: Capabilities = getattr(import_module(module), attribute).capabilities
    return declared


def spells() -> list[tuple[str, ...]]:
    """The dated states of every marketplace that has not always been open."""
    return [
        (
            f"`{fact.key}`",
            str(spell.status),
            *(str(day) if day else "" for day in (spell.valid_from, spell.valid_to)),
        )
        for fact in MARKETPLACES.values()
        for spell in fact.spells
        if len(fact.spells) > 1
    ]


def yes(holds: bool) -> str:
    """A mark, or nothing."""
    return "✓" if holds else ""


#: File name under docs/reference → what makes its text.
PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "errors.md": errors_page,
    "marketplaces.md": marketplaces_page,
}


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), "utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")


if __name__ == "__main__":
    main()
