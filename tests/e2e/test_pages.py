"""Every family of pages, found by following links as each role: nothing that keeps a person out, nothing heavy."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from .conftest import DESKTOP, PHONE, Demo, Visitor, visitor

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
#: WCAG 2.2 A and AA.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ASK = """async (rules) => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ['violations']});
  return found.violations
    .filter(each => ['serious', 'critical'].includes(each.impact))
    .map(each => each.id + ': ' + each.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | '));
}"""
#: Looked at by each role, beginning with its first screen.
ROLES = {
    "": ("/", "/dang-nhap", "/san-pham", "/khong-co-trang-nay"),
    "chuthe@ocop.example": ("/ban-lam-viec",),
    "hotro@ocop.example": ("/ban-lam-viec",),
    "xa@ocop.example": ("/bao-cao",),
    "tinh@ocop.example": ("/bao-cao",),
}
#: More families than this one role does not have; a way that makes new ones for ever would be found.
MOST = 80
_NAME = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}|/(?:[cdp]-\d+-\d+)|(?<=/)\d{14}|/(?=.*\d)[A-Z0-9]{8,}(?=/|$)")


def family(address: str) -> str:
    """The address without the names of single things: one page of each kind is looked at."""
    return _NAME.sub("/*", urlsplit(address).path)


def faults(page: Page) -> list[str]:
    """Serious and critical faults of the page as it stands, on a phone and on a desk."""
    page.evaluate(AXE)
    found: list[str] = []
    for size in PHONE, DESKTOP:
        page.set_viewport_size(size)  # type: ignore[arg-type]  # a plain size
        found += [f"{size['width']} px: {each}" for each in page.evaluate(ASK, RULES)]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain size
    return found


@dataclass
class Walk:
    """Families seen so far, by all roles."""

    who: Visitor
    seen: set[str]
    faults: dict[str, list[str]] = field(default_factory=dict)

    def along(self, start: tuple[str, ...]) -> None:
        """Look at each family that can be reached by links, the nearest first."""
        waiting, looked = deque(start), 0
        while waiting:
            path = waiting.popleft()
            if family(path) in self.seen:
                continue
            self.seen.add(family(path))
            answer = self.who.page.goto(urljoin(self.who.demo.base, path))
            assert answer is not None
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            looked += 1
            assert looked < MOST, sorted(self.seen)
            assert answer.status < 500, path
            if found := faults(self.who.page):
                self.faults[path] = found
            waiting.extend(self._links())

    def _links(self) -> Iterator[str]:
        for href in self.who.page.eval_on_selector_all(
            "a[href]:not([download])",
            "links => links.map(link => new URL(link.getAttribute('href'), document.baseURI).href)",
        ):
            parts = urlsplit(href)
            if href.startswith(self.who.demo.base) and not _is_file(parts.path):
                yield parts.path


def _is_file(path: str) -> bool:
    return re.search(r"\.[a-z]{3,5}$", path) is not None or path.startswith("/api/")


def test_no_page_keeps_a_person_out(browser: Browser, demo: Demo) -> None:
    seen: set[str] = set()
    wrong: dict[str, list[str]] = {}
    for login, start in ROLES.items():
        who, context = visitor(browser, demo, PHONE)
        if login:
            who.sign_in(login)
            seen -= {family(path) for path in start}
        walk = Walk(who, seen)
        walk.along(start)
        wrong |= walk.faults
        context.close()
    assert wrong == {}, "\n".join(f"{path}: {each}" for path, all_of in wrong.items() for each in all_of)
    # What the walk must have met, so that a broken link cannot make it blind.
    for expected in (
        "/san-pham/*",
        "/co-so/*",
        "/xa/*",
        "/ban-lam-viec/san-pham/*",
        "/ban-lam-viec/sua-nhieu",
    ):
        assert expected in seen, sorted(seen)


def test_a_fault_would_be_found(phone: Visitor) -> None:
    phone.go("/dang-nhap")
    phone.page.evaluate("document.querySelector('label').remove()")
    assert any("label" in each for each in faults(phone.page))


@dataclass
class Weight:
    """Bytes over the wire of one page with all it loads, compressed as sent, nothing kept from before."""

    browser: Browser
    demo: Demo
    signed_in: dict[str, BrowserContext] = field(default_factory=dict)

    def _as(self, login: str) -> BrowserContext:
        if login not in self.signed_in:
            who, context = visitor(self.browser, self.demo, PHONE)
            if login:
                who.sign_in(login)
            self.signed_in[login] = context
        return self.signed_in[login]

    def of(self, path: str, login: str = "", *, scroll: bool = True) -> int:
        context = self._as(login)
        page = context.new_page()
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain size
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes: list[int] = []

        def note(event: dict[str, Any]) -> None:
            sizes.append(int(event["encodedDataLength"]))

        network.on("Network.loadingFinished", note)
        answer = page.goto(urljoin(self.demo.base, path), wait_until="networkidle")
        assert answer is not None
        assert answer.ok, path
        if scroll:
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            page.wait_for_load_state("networkidle")
        page.close()
        return sum(sizes)


@pytest.fixture
def weight(browser: Browser, demo: Demo) -> Iterator[Weight]:
    scale = Weight(browser, demo)
    yield scale
    for context in scale.signed_in.values():
        context.close()


class TestWeights:
    """The promises of the design, in bytes (1 KB = 1,000)."""

    def test_a_products_form(self, weight: Weight, phone: Visitor) -> None:
        phone.sign_in("chuthe@ocop.example")
        phone.go("/ban-lam-viec")
        links = phone.page.locator("a[href*='/ban-lam-viec/san-pham/']")
        product = next(
            href
            for href in links.evaluate_all("links => links.map(link => link.getAttribute('href'))")
            if family(href) == "/ban-lam-viec/san-pham/*"
        )
        phone.go(f"{product}/sua")
        steps = phone.page.locator(f"main a[href*='{product}/sua/']").evaluate_all(
            "links => links.map(link => link.getAttribute('href'))"
        )
        for form in (f"{product}/sua", "/ban-lam-viec/san-pham/moi", *sorted(set(steps))):
            assert weight.of(form, "chuthe@ocop.example") <= 120_000, form

    def test_the_dashboard(self, weight: Weight) -> None:
        assert weight.of("/bao-cao") <= 350_000

    def test_the_desk_with_all_its_pictures(self, weight: Weight) -> None:
        assert weight.of("/ban-lam-viec", "chuthe@ocop.example") <= 350_000

    def test_a_scanned_label_with_its_first_picture(self, weight: Weight, phone: Visitor) -> None:
        phone.go("/")
        label = phone.page.locator("a", has_text="trang truy xuất").first.get_attribute("href")
        assert label is not None
        assert weight.of(label, scroll=False) <= 50_000
