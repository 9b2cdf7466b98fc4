"""Every refusal that a room raises has its English, and is found by the sentence with names filled in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import ocop_hub
from ocop_hub import errors
from ocop_hub.errors import HubError
from ocop_hub.web.errors import _SENTENCES
from ocop_hub.web.i18n import catalog
from ocop_hub.web.refusals import DOMAIN, Refusals, told

SOURCE = Path(ocop_hub.__file__).parent
#: Rooms that speak to no page: programs of the shell, simulated marketplaces, what adapters answer.
ELSEWHERE = {"cli", "embedded", "sandbox", "marketplaces", "settings.py", "kit/logs.py"}
#: What carries a sentence to a person beside the refusals themselves.
CARRIERS = {
    "TextDamaged",
    "FieldProblem",
    "ValueProblem",
    "SpreadsheetProblem",
    "RowProblem",
    "_note",
    "missing",
}
MARKED = re.compile("[ăâđêôơưạảãàáấầẩẫậắằẳẵặẹẻẽèéếềểễệịỉĩìíọỏõòóốồổỗộớờởỡợụủũùúứừửữựỵỷỹỳý]", re.I)


def trees() -> Iterator[ast.Module]:
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[0] not in ELSEWHERE:
            yield ast.parse(path.read_text("utf-8"))


def kinds(nodes: list[ast.AST]) -> set[str]:
    """Names of the refusals: every class that comes from ``HubError``."""
    bases = {
        node.name: [base.id for base in node.bases if isinstance(base, ast.Name)]
        for node in nodes
        if isinstance(node, ast.ClassDef)
    }
    found = {HubError.__name__}
    while more := {name for name, of in bases.items() if found & set(of)} - found:
        found |= more
    return found


def sentence(node: ast.AST) -> str:
    """The Vietnamese text of an expression as the catalogue has it; "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if MARKED.search(node.value) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    said, places = "", 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            said += str(part.value).replace("%", "%%")
        else:
            places += 1
            said += f"%({places})s"
    return said if MARKED.search(said) else ""


def raised(nodes: list[ast.AST]) -> set[str]:
    """What refusals say: their titles, and what is handed to them or to a carrier."""
    names = kinds(nodes)
    found = set()
    for node in nodes:
        if isinstance(node, ast.ClassDef) and node.name in names:
            found |= {sentence(each.value) for each in node.body if isinstance(each, ast.Assign)}
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in names | CARRIERS:
                found |= {sentence(each) for each in (*node.args, *(word.value for word in node.keywords))}
        if isinstance(node, ast.Dict):
            found |= {
                sentence(value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value == "problem"
            }
    return found - {""}


def test_every_refusal_has_its_english() -> None:
    nodes = [node for tree in trees() for node in ast.walk(tree)]
    said = raised(nodes)
    assert len(said) > 500, "the search found too little to be right"
    known = {**catalog("en").singular, **catalog("en", DOMAIN).singular}
    missing = sorted(each for each in said if each not in known)
    assert missing == [], "add these to locale/en/LC_MESSAGES/refusals.po"


def test_a_planted_refusal_is_found() -> None:
    nodes = list(ast.walk(ast.parse('class A(HubError):\n title = "Lỗi"\n\nraise A(f"Có {n} lỗi, 5%.")')))
    assert raised(nodes) == {"Lỗi", "Có %(1)s lỗi, 5%%."}


def test_what_a_form_says_of_a_value_has_its_english() -> None:
    assert [each for each in _SENTENCES.values() if told(re.sub(r"{\w+}", "7", each), "en") == each] == []


def test_english_fills_the_same_places() -> None:
    place = re.compile(r"%\(\w+\)s")
    texts = catalog("en", DOMAIN).singular
    assert [v for v, e in texts.items() if sorted(place.findall(v)) != sorted(place.findall(e))] == []


class TestTold:
    TEXTS = Refusals(
        {
            "Tem %(1)s đã hủy.": "Label %(1)s is void.",
            "%(1)s đã hủy.": "%(1)s is void.",
            "Giảm 5%% của %(1)s": "5%% less of %(1)s",
            "Không có ảnh.": "No photo.",
            "%(1)s Hãy làm lại.": "%(1)s Do it again.",
        }
    )

    @pytest.mark.parametrize(
        ("vietnamese", "english"),
        [
            ("Không có ảnh.", "No photo."),
            ("Tem 12 (lô\nA) đã hủy.", "Label 12 (lô\nA) is void."),
            ("Đợt 3 đã hủy.", "Đợt 3 is void."),
            ("Giảm 5% của 100%", "5% less of 100%"),
            ("Không có ảnh. Hãy làm lại.", "No photo. Do it again."),
            ("Chưa ai dịch", "Chưa ai dịch"),
        ],
    )
    def test_whole_filled_in_and_within_another(self, vietnamese: str, english: str) -> None:
        assert self.TEXTS.told(vietnamese) == english

    def test_vietnamese_stays(self) -> None:
        assert told(errors.NotFound.title, "vi") == "Không tìm thấy"


async def test_a_page_and_a_form_in_english(client: httpx.AsyncClient) -> None:
    client.headers["Accept"] = "text/html"
    page = await client.get("/san-pham/01980000-0000-7000-8000-000000000000?lang=en")
    assert "<h1>Not found</h1>" in page.text
    assert "There is no such product." in page.text
    programs = await client.get("/api/v1/products/01980000-0000-7000-8000-000000000000?lang=en")
    assert programs.json()["title"] == "Không tìm thấy"
