"""The documentation says what is there: generated pages are current, names are complete, links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import typer.main
from tools import reference

from ocop_hub.cli import app
from ocop_hub.marketplaces.registry import ADAPTERS, MARKETPLACES
from ocop_hub.settings import MarketplaceSettings, Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

#: [text](target) and ![text](target); what stands in code is taken out first.
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.S)
HEADING = re.compile(r"^#+ (.+)$", re.M)


def documents() -> list[Path]:
    """Every page for people."""
    return [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")] + sorted(
        DOCS.rglob("*.md")
    )


def drifted(folder: Path) -> list[str]:
    """Generated pages in ``folder`` that are not what the code says."""
    return [name for name, make in reference.PAGES.items() if (folder / name).read_text("utf-8") != make()]


def dead_links(page: Path) -> list[str]:
    """Relative links of a page that lead nowhere, headings included."""
    found = []
    for target in LINK.findall(CODE.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (heading and heading not in anchors(there)):
            found.append(target)
    return found


def anchors(page: Path) -> set[str]:
    """The names of a page's headings in its address."""
    titles = HEADING.findall(page.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def missing_files(page: Path) -> list[str]:
    """Files that a decision names and nobody finds: ``room/{one,two}.py`` below ``src/ocop_hub``, or from the top."""
    named = re.findall(
        r"`(\w+/[\w/]*)(?:\{([\w,]+)\})?([\w/]*\.(?:py|toml|sql|html))`", page.read_text("utf-8")
    )
    every = [f"{before}{each}{after}" for before, several, after in named for each in several.split(",")]
    return [
        each for each in every if not any((top / each).exists() for top in (ROOT / "src" / "ocop_hub", ROOT))
    ]


def unknown_words(text: str, makefile: str) -> set[str]:
    """Words after ``make`` in code of a page that the Makefile does not have."""
    said = {word for code in CODE.findall(text) for word in re.findall(r"(?:^|[\s`])make ([a-z]+)", code)}
    known = re.search(r"^\.PHONY: (.+)$", makefile, re.M)
    assert known
    return said - set(known[1].split())


def missing(names: Iterable[str], page: str) -> list[str]:
    """Names that a generated page does not show as code."""
    text = (DOCS / "reference" / page).read_text("utf-8")
    return [name for name in names if f"`{name}" not in text and f"## {name}\n" not in text]


class TestGeneratedPages:
    def test_are_what_the_code_says(self) -> None:
        assert drifted(DOCS / "reference") == [], "run: make docs"

    @pytest.mark.parametrize("name", reference.PAGES)
    def test_a_planted_drift_is_found(self, name: str, tmp_path: Path) -> None:
        for page, make in reference.PAGES.items():
            (tmp_path / page).write_text(make().replace("a", "ạ", 1) if page == name else make(), "utf-8")
        assert drifted(tmp_path) == [name]

    def test_name_every_setting(self) -> None:
        names = [f"OCOP_HUB_{name.upper()}" for name in Settings.model_fields if name != "marketplaces"]
        names += [f"OCOP_HUB_MARKETPLACES__KEY__{name.upper()}" for name in MarketplaceSettings.model_fields]
        assert missing(names, "settings.md") == []

    def test_name_every_command(self) -> None:
        names = [path for path, _ in reference.leaves("ocop-hub", typer.main.get_command(app))]
        assert len(names) > 20
        assert missing(names, "commands.md") == []

    def test_name_every_refusal(self) -> None:
        source = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("errors.py"))
        codes = re.findall(r'^    code = "([a-z0-9-]+)"$', source, re.M)
        assert len(codes) > 50
        assert missing(codes, "errors.md") == []

    def test_name_every_marketplace_and_adapter(self) -> None:
        assert missing(MARKETPLACES, "marketplaces.md") == []
        assert set(ADAPTERS) <= set(MARKETPLACES)

    def test_every_adapter_has_its_facts_on_a_page(self) -> None:
        # Pages, videos and own sites are one adapter under several keys.
        pages = {key: "link" if ".adapters.link:" in str(path) else key for key, path in ADAPTERS.items()}
        assert {
            key for key, page in pages.items() if not (DOCS / "marketplaces" / f"{page}.md").is_file()
        } == set()


class TestLinks:
    @pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
    def test_lead_somewhere(self, page: Path) -> None:
        assert dead_links(page) == []

    def test_a_planted_dead_link_is_found(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text(
            "# Một mục\n[a](gone.md) [b](#một-mục) [c](#khác) [d](https://example.org) `[e](f.md)`", "utf-8"
        )
        assert dead_links(page) == ["gone.md", "#khác"]

    def test_every_decision_is_listed_once(self) -> None:
        files = sorted(path.name for path in (DOCS / "decisions").glob("0*.md"))
        listed = LINK.findall((DOCS / "decisions" / "README.md").read_text("utf-8"))
        assert [target for target in listed if target.startswith("0")] == files
        assert len({name[:4] for name in files}) == len(files), "two decisions have one number"

    @pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("0*.md")), ids=lambda page: page.stem)
    def test_a_decision_names_files_that_are_there(self, page: Path) -> None:
        assert missing_files(page) == []

    def test_a_planted_missing_file_is_found(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text(
            "`gs1/{check,gone}.py`, `web/render.py`, `migrations/env.py`, `kit/gone.py`, `text.py`", "utf-8"
        )
        assert missing_files(page) == ["gs1/gone.py", "kit/gone.py"]

    def test_every_picture_is_shown_and_small(self) -> None:
        shown = "".join(page.read_text("utf-8") for page in documents())
        pictures = sorted((DOCS / "pictures").iterdir())
        assert pictures
        assert [each.name for each in pictures if f"pictures/{each.name}" not in shown] == []
        assert [each.name for each in pictures if each.stat().st_size > 120_000] == []


class TestMakeWords:
    @pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
    def test_are_in_the_makefile(self, page: Path) -> None:
        makefile = (ROOT / "Makefile").read_text("utf-8")
        assert unknown_words(page.read_text("utf-8"), makefile) == set()

    def test_a_planted_word_is_found(self) -> None:
        assert unknown_words("`LAN=1 make demo`, `make tea`", ".PHONY: demo test\n") == {"tea"}

    def test_the_two_commands_come_first(self) -> None:
        commands = re.findall(r"make [a-z]+", (ROOT / "README.md").read_text("utf-8"))
        assert commands[:2] == ["make demo", "make test"]
