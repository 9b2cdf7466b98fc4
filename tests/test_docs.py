"""The documentation says what is there: generated pages are current, names are complete, links lead somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
import typer.main
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr
from tools import reference

from ocop_hub.app import create_app
from ocop_hub.cli import app
from ocop_hub.db import Database, DatabaseAddress
from ocop_hub.marketplaces.registry import ADAPTERS, MARKETPLACES
from ocop_hub.media import Media
from ocop_hub.settings import MarketplaceSettings, Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

#: [text](target) and ![text](target); what stands in code is taken out first.
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.S)
HEADING = re.compile(r"^#+ (.+)$", re.M)

#: What is typed: fenced or indented lines, and code within a sentence.
BLOCK = re.compile(r"```.*?```|(?:^    [^\n]*\n)+", re.S | re.M)
INLINE = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"(?:^|[\s/(])(ocop-hub(?: .*)?)$", re.M)

#: ``GET /api/v1/…`` or ``/bao-cao/…``; ``…/block`` is the end of an address given before it.
ADDRESS = re.compile(r"(?:(GET|POST|PUT|PATCH|DELETE) )?(…?/[^\s?,]+)")
HOSTED = re.compile(r"https://…(/[^\s?,\"`]+)")
#: Labels and their pages are answered in front of all routes, the API's own document by the framework, the
#: simulated marketplaces by a program of their own; the others are folders of a machine.
ELSEWHERE = (
    *("/01/", "/t/", "/p/", "/.well-known/", "/openapi.json", "/_sandbox/"),
    *("/etc", "/proc", "/root", "/run", "/var"),
)


def documents() -> list[Path]:
    """Every page for people."""
    top = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "samples/README.md")
    return [ROOT / name for name in top] + sorted(DOCS.rglob("*.md"))


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


def commands(text: str) -> Iterator[list[str]]:
    """The words after ``ocop-hub`` wherever a page shows a command as code, up to a pipe or a remark."""
    code = [each.replace("\\\n", " ") for each in BLOCK.findall(text)]
    code += INLINE.findall(BLOCK.sub("", text))
    for line in COMMAND.findall("\n".join(code)):
        said = re.split(r"\s[<>|#;](?:\s|$)", line)[0]
        yield shlex.split(said)[1:]


def wrong_command(words: list[str]) -> str:
    """What the program would refuse of a command: an unknown name, option or choice; empty when nothing."""
    command = typer.main.get_command(app)
    path = "ocop-hub"
    while (
        words and not words[0].startswith(("-", "COMMAND")) and (children := getattr(command, "commands", {}))
    ):
        if words[0] not in children:
            return f"{path} has no command {words[0]}"
        path, command, words = f"{path} {words[0]}", children[words[0]], words[1:]
    context = command.make_context(path, [], resilient_parsing=True)
    options = {name: each for each in command.get_params(context) for name in each.opts + each.secondary_opts}
    for word, value in zip(words, [*words, ""][1:], strict=True):
        if not re.match(r"--?[a-z]", word):
            continue
        if word not in options:
            return f"{path} has no option {word}"
        usage, _ = options[word].get_help_record(context) or ("", "")
        choices = re.search(r"<(\S+\|\S+)>", usage)
        if choices and value not in choices[1].split("|"):
            return f"{path} {word} does not take {value}"
    return ""


def steps(path: str) -> list[str]:
    """The parts of an address; a variable one, ``{id}`` or ``…``, is empty."""
    return ["" if "{" in part or "…" in part else part for part in path.strip("/").split("/")]


@cache
def served() -> list[tuple[list[str], set[str]]]:
    """Every address the program answers, with its methods; needs no running database."""
    settings = Settings(_env_file=None, secret_key=SecretStr("unused" * 6))
    database = Database(DatabaseAddress("postgresql://unused"))
    routes = iter_route_contexts(create_app(settings, database, media=Media.in_memory()).routes)
    return [(steps(each.path or ""), set(each.methods or ())) for each in routes]


def answers(method: str, path: str) -> bool:
    """Whether the program answers an address; one that begins with … by its end, letter for letter."""
    asked = steps(path.removeprefix("…"))
    for parts, methods in served():
        if path.startswith("…"):
            same = parts[-len(asked) :] == asked
        else:
            same = len(parts) == len(asked) and all(
                not part or part == each for part, each in zip(parts, asked, strict=True)
            )
        if same and (not method or method in methods):
            return True
    return False


def unanswered(text: str) -> list[str]:
    """Addresses that a page names as code and the program does not answer, or not by that method."""
    named = [match.groups("") for span in INLINE.findall(text) if (match := ADDRESS.match(span))]
    named += [("", path) for path in HOSTED.findall("\n".join(CODE.findall(text)))]
    return [
        f"{method} {path}".strip()
        for method, path in named
        if not path.startswith(ELSEWHERE) and not answers(method, path)
    ]


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

    def test_the_index_leads_to_every_guide_and_each_reader_by_few_links(self) -> None:
        index = (DOCS / "README.md").read_text("utf-8")
        linked = {(DOCS / target).resolve() for target in LINK.findall(index)}
        assert set((DOCS / "how-to").glob("*.md")) - linked == set()
        *readers, _ = re.split(r"^## ", index, flags=re.M)[1:]
        assert [len(re.findall(r"^(?:\| .*\]|- )", each, re.M)) for each in readers] == [5, 5, 5, 5]

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


class TestCommands:
    @pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
    def test_are_those_of_the_program(self, page: Path) -> None:
        said = [wrong_command(words) for words in commands(page.read_text("utf-8"))]
        assert [each for each in said if each] == []

    def test_are_found_wherever_they_are_typed(self) -> None:
        text = (
            "`ocop-hub doctor` and ocop-hub in words\n\n```sh\nA=1 .venv/bin/ocop-hub import x.xlsx \\\n"
            '    --dry-run   # remark\necho "1" | ocop-hub gs1 check > out\n```\n\n    ocop-hub export a.xlsx\n'
        )
        assert sorted(commands(text)) == [
            ["doctor"],
            ["export", "a.xlsx"],
            ["gs1", "check"],
            ["import", "x.xlsx", "--dry-run"],
        ]

    @pytest.mark.parametrize(
        ("line", "wrong"),
        [
            ("report coverage --by unit", ""),
            ("report cover", "ocop-hub report has no command cover"),
            ("report coverage --per unit", "ocop-hub report coverage has no option --per"),
            ("import x.xlsx --format yaml", "ocop-hub import --format does not take yaml"),
        ],
    )
    def test_a_planted_mistake_is_named(self, line: str, wrong: str) -> None:
        assert wrong_command(line.split()) == wrong


class TestAddresses:
    @pytest.mark.parametrize(
        # Pages on marketplaces tell of the marketplaces' interfaces.
        "page",
        [page for page in documents() if page.parent.name != "marketplaces"],
        ids=lambda page: str(page.relative_to(ROOT)),
    )
    def test_are_answered(self, page: Path) -> None:
        assert unanswered(page.read_text("utf-8")) == []

    def test_a_planted_one_is_found(self) -> None:
        text = (
            "`GET /api/v1/fees`, `/bao-cao/ky`, `POST …/block`, `/t/{code}`, `curl https://…/nhung/ty-le`, "
            "`DELETE /api/v1/fees`, `/bao-cao/gone`, `POST …/bloc`, `curl https://…/nhung/gone`"
        )
        assert unanswered(text) == ["DELETE /api/v1/fees", "/bao-cao/gone", "POST …/bloc", "/nhung/gone"]
