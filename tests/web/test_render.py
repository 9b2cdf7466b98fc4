"""Each page template, with a context of the promised shape, in both languages."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from jinja2 import UndefinedError
from starlette.requests import Request

from ocop_hub.marketplaces.contract import Grade, ListingState, Mode
from ocop_hub.web.format import Lang
from ocop_hub.web.labels import LABELS, group_icon, label
from ocop_hub.web.render import CONTENT_SECURITY_POLICY, STATIC_DIR, environment, page, render, static_url

_VOID = {"meta", "link", "img", "input", "br", "hr"}


class _Page(HTMLParser):
    """Checks that tags close in order, and gathers what accessibility asks about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.all.append((tag, found))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "label" and found.get("for"):
            self.labelled.add(str(found["for"]))
        if tag in {"input", "select", "textarea"} and found.get("type") not in {"hidden", "radio"}:
            self.inputs.append(found)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"


@pytest.mark.parametrize("lang", ["vi", "en"])
class TestEveryPage:
    def test_is_well_formed_and_says_its_language(
        self, sample: tuple[str, dict[str, Any]], lang: Lang
    ) -> None:
        page = _Page(render(*sample, lang=lang))
        assert ("html", {"lang": lang}) in page.all
        assert len(page.ids) == len(set(page.ids)), "an id stands twice"
        assert [tag for tag, _ in page.all].count("h1") == 1

    def test_passes_our_own_csp(self, sample: tuple[str, dict[str, Any]], lang: Lang) -> None:
        page = _Page(render(*sample, lang=lang))
        assert [tag for tag, _ in page.all if tag == "style"] == []
        assert [a for _, a in page.all if "style" in a or any(name.startswith("on") for name in a)] == []
        run = [a for tag, a in page.all if tag == "script" and a.get("type") != "application/ld+json"]
        assert all((a.get("src") or "").startswith("/static/") for a in run)

    def test_loads_nothing_from_elsewhere(self, sample: tuple[str, dict[str, Any]], lang: Lang) -> None:
        page = _Page(render(*sample, lang=lang))
        said = ("canonical", "alternate")  # names of pages: nothing is fetched
        loaded = [a["src"] or "" for tag, a in page.all if tag in {"img", "script"} and "src" in a]
        loaded += [a.get("href") or "" for tag, a in page.all if tag == "link" and a.get("rel") not in said]
        assert [address for address in loaded if not address.startswith(("/", "data:"))] == []

    def test_fields_have_labels_and_pictures_have_texts(
        self, sample: tuple[str, dict[str, Any]], lang: Lang
    ) -> None:
        page = _Page(render(*sample, lang=lang))
        assert [i for i in page.inputs if i.get("id") not in page.labelled] == []
        assert [a for tag, a in page.all if tag == "img" and "alt" not in a] == []

    def test_forms_that_change_something_carry_the_token(
        self, sample: tuple[str, dict[str, Any]], lang: Lang
    ) -> None:
        text = render(*sample, lang=lang)
        forms = re.findall(r'<form method="post".*?</form>', text, flags=re.DOTALL)
        assert [form for form in forms if 'name="csrf" value="c5rf"' not in form] == []


class TestRender:
    def test_what_people_typed_is_escaped(self, sample: tuple[str, dict[str, Any]]) -> None:
        template, context = sample
        poisoned = _poisoned(context)
        text = render(template, poisoned)
        assert "<script>alert" not in text
        assert ("&lt;script&gt;alert" in text) == (poisoned != context)

    def test_a_missing_name_is_refused(self) -> None:
        with pytest.raises(UndefinedError):
            render("error.html", {})

    def test_numbers_speak_the_page_language(self) -> None:
        template = "{{ 1234|number }} {{ 0.899|percent }} {{ label_of('listing', 'live').text }}"
        assert environment("vi").from_string(template).render() == "1.234 89,9% Đang hiển thị"
        assert environment("en").from_string(template).render() == "1,234 89.9% Live"

    def test_static_addresses_change_with_the_content(self) -> None:
        assert re.fullmatch(r"/static/core\.css\?v=[0-9a-f]{10}", static_url("core.css"))


def _poisoned(value: Any, key: str = "") -> Any:
    """The context with a script tag in every name and title that a person can type."""
    if isinstance(value, dict):
        return {k: _poisoned(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_poisoned(v, key) for v in value]
    typed = {"name", "product_name", "heading", "title", "problem", "list_href", "file_name"}
    return "<script>alert(1)</script>" if key in typed and isinstance(value, str) else value


class TestLabels:
    def test_states_are_those_of_the_contract(self) -> None:
        assert set(LABELS["listing"]) - {"live_out_of_stock", "not_sent"} == {str(s) for s in ListingState}
        assert set(LABELS["grade"]) == {str(g) for g in Grade}
        assert set(LABELS["mode"]) == {str(m) for m in Mode}

    def test_an_unknown_code_is_shown_as_it_is(self) -> None:
        assert label("listing", "hidden_by_robot").text == "hidden_by_robot"

    @pytest.mark.parametrize(
        ("group", "icon"),
        [
            ("Thực phẩm", "food"),
            ("Dược liệu và sản phẩm từ dược liệu", "herb"),
            ("Thủ công mỹ nghệ", "craft"),
            ("", "leaf"),
        ],
    )
    def test_group_icon(self, group: str, icon: str) -> None:
        assert group_icon(group) == icon


class TestWeight:
    def test_styles_together_stay_under_26_kb(self) -> None:
        assert sum(path.stat().st_size for path in STATIC_DIR.glob("*.css")) < 26_000

    def test_the_buyers_page_leaves_room_for_its_picture(self, trace: tuple[str, dict[str, Any]]) -> None:
        parts = [render(*trace).encode()]
        parts += [
            (STATIC_DIR / n).read_bytes() for n in ("core.css", "trace.css", "terrace.svg", "favicon.svg")
        ]
        assert sum(len(gzip.compress(part)) for part in parts) < 12_000

    def test_the_buyers_page_holds_one_small_script_of_our_own(
        self, trace: tuple[str, dict[str, Any]]
    ) -> None:
        (script,) = re.findall(r"<script.*?</script>", render(*trace))
        assert script.startswith('<script type="module" src="/static/share.js?')
        assert (STATIC_DIR / "share.js").stat().st_size < 1_000


def _request(query: str = "", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": raw}
    )


class TestPage:
    def test_goes_out_under_our_policy_in_the_browsers_language(
        self, trace: tuple[str, dict[str, Any]]
    ) -> None:
        answer = page(_request(accept_language="en-GB"), *trace, status=203)
        assert answer.status_code == 203
        assert answer.headers["content-language"] == "en"
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert "unsafe" not in CONTENT_SECURITY_POLICY
        assert "set-cookie" not in answer.headers

    def test_a_chosen_language_is_remembered(self, trace: tuple[str, dict[str, Any]]) -> None:
        answer = page(_request("lang=en", cookie="lang=vi"), *trace)
        assert answer.headers["content-language"] == "en"
        assert answer.headers["set-cookie"].startswith("lang=en; HttpOnly")

    def test_an_unknown_language_is_not_remembered(self, trace: tuple[str, dict[str, Any]]) -> None:
        answer = page(_request("lang=xx"), *trace)
        assert answer.headers["content-language"] == "vi"
        assert "set-cookie" not in answer.headers


class TestTraceCertificate:
    def test_stars_only_while_the_certificate_counts(self, trace: tuple[str, dict[str, Any]]) -> None:
        template, context = trace
        assert "Sản phẩm OCOP đạt 4 sao" in render(template, context)
        for state in ("expired", "withdrawn"):
            old = context | {"certificate": context["certificate"] | {"state": state}}
            assert 'class="stars"' not in render(template, old)

    def test_no_shops_during_a_recall(self, trace: tuple[str, dict[str, Any]]) -> None:
        template, context = trace
        recall = {"reason": "Hộp nứt.", "on": context["lot"]["packed_on"], "what_to_do": "Không dùng."}
        text = render(template, context | {"lot": context["lot"] | {"recall": recall}})
        assert "thu hồi" in text
        assert "Mua ở đâu" not in text


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of ``#rgb`` or ``#rrggbb``."""
    digits = colour.lstrip("#")
    full = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(full[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(first: str, second: str) -> float:
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class TestContrast:
    """WCAG 2.2 AA: 4.5 for text, 3 for the edges of fields and for drawn signs."""

    @pytest.mark.parametrize(
        ("front", "back", "least"),
        [
            ("ink", "paper", 4.5),
            ("soft", "paper", 4.5),
            ("soft", "stone-pale", 4.5),
            ("rice", "paper", 4.5),
            ("card", "rice", 4.5),
            ("card", "rice-deep", 4.5),
            ("lacquer", "card", 4.5),
            ("lacquer-deep", "lacquer-pale", 4.5),
            ("earth", "straw-pale", 4.5),
            ("water", "water-pale", 4.5),
            ("ink", "straw", 4.5),
            ("edge", "paper", 3),
            ("clay", "card", 3),
            ("straw", "rice-deep", 3),
        ],
    )
    def test_pair(self, front: str, back: str, least: float) -> None:
        found = re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", (STATIC_DIR / "core.css").read_text())
        tokens = dict(found)
        assert _contrast(tokens[front], tokens[back]) >= least
