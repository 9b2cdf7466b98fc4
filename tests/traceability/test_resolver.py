from __future__ import annotations

import pytest

from ocop_hub.kit.headers import weighted
from ocop_hub.traceability.scans.resolver import (
    Asked,
    Fault,
    FaultKind,
    Request,
    Target,
    Wants,
    is_person,
    language_of_fault,
    read_target,
    understand,
    with_query,
)

GTIN = "08936000000011"
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


def asked(path: str, query: str = "", **more: str) -> Asked:
    understood = understand(Request("GET", path.encode(), query.encode(), **more))
    assert isinstance(understood, Asked), understood
    return understood


def fault(path: str, query: str = "") -> FaultKind:
    understood = understand(Request("GET", path.encode(), query.encode()))
    assert isinstance(understood, Fault), understood
    return understood.kind


class TestTarget:
    @pytest.mark.parametrize(
        ("path", "target"),
        [
            (f"/01/{GTIN}", Target(gtin=GTIN)),
            (f"/01/{GTIN}/", Target(gtin=GTIN)),
            (f"/01/{GTIN}/10/LO-1", Target(gtin=GTIN, lot="LO-1")),
            (f"/01/{GTIN}/10/lo-1/", Target(gtin=GTIN, lot="LO-1")),
            (f"/01/{GTIN}/10/A%2F1", Target(gtin=GTIN, lot="A/1")),
            (f"/01/{GTIN}/10/A%2f1/21/x9", Target(gtin=GTIN, lot="A/1", serial="x9")),
            ("/01/8936000000011", Target(gtin=GTIN)),
            ("/t/abcde-fghjk", Target(code="ABCDEFGHJK")),
            ("/T/ABCDEFGHJK/", Target(code="ABCDEFGHJK")),
            (f"/p/en/01/{GTIN}/10/LO-1", Target(gtin=GTIN, lot="LO-1")),
            (f"/P/VI/01/{GTIN}", Target(gtin=GTIN)),
        ],
    )
    def test_reads(self, path: str, target: Target) -> None:
        assert asked(path).target == target

    @pytest.mark.parametrize(
        ("path", "query", "kind"),
        [
            ("/01/08936000000017", "", FaultKind.MALFORMED),  # check digit
            (f"/01/{GTIN}/10/L%C3%94-01", "", FaultKind.MALFORMED),
            (f"/01/{GTIN}/10/A%20B", "", FaultKind.MALFORMED),
            (f"/01/{GTIN}/21/x/10/y", "", FaultKind.MALFORMED),
            (f"/01/{GTIN}", "10=A", FaultKind.MALFORMED),
            (f"/01/{GTIN}", "1234=x", FaultKind.MALFORMED),
            (f"/01/{GTIN}/10/" + "A" * 21, "", FaultKind.MALFORMED),
            (f"/01/{GTIN}/10/A%001", "", FaultKind.MALFORMED),
            (f"/01//{GTIN}", "", FaultKind.MALFORMED),
            ("/t/", "", FaultKind.MALFORMED),
            (f"/p/zz/01/{GTIN}", "", FaultKind.MALFORMED),
            ("/01/" + "9" * 2_000, "", FaultKind.TOO_LONG),
            (f"/01/{GTIN}", "utm_source=" + "x" * 2_000, FaultKind.TOO_LONG),
            ("/00/006141411234567890", "", FaultKind.OTHER_KEY),
        ],
    )
    def test_refuses(self, path: str, query: str, kind: FaultKind) -> None:
        assert fault(path, query) is kind

    @pytest.mark.parametrize("query", ["utm_source=zalo", "fbclid=a%7Cb|c", "lang=en", "17=270930", "x"])
    def test_other_parameters_do_no_harm(self, query: str) -> None:
        assert asked(f"/01/{GTIN}", query).target.gtin == GTIN

    def test_its_path_reads_back(self) -> None:
        target = Target(gtin=GTIN, lot='A/1%"+&')
        assert read_target(target.path) == target


class TestWants:
    @pytest.mark.parametrize(
        ("accept", "query", "wants"),
        [
            (HTML, "", Wants.PAGE),
            ("", "", Wants.DEFAULT_LINK),
            ("*/*", "", Wants.DEFAULT_LINK),
            ("text/html;q=0", "", Wants.DEFAULT_LINK),
            ("application/linkset+json", "", Wants.LINKSET),
            ("text/html;q=0.5,application/linkset+json", "", Wants.LINKSET),
            ("text/html,application/linkset+json;q=0.5", "", Wants.PAGE),
            (HTML, "linkType=linkset", Wants.LINKSET),
            (HTML, "linktype=all", Wants.LINKSET),
            (HTML, "linkType=gs1:traceability", Wants.PAGE),
            ("*/*", "linkType=gs1%3AhasRetailers", Wants.LINK),
            ("*/*", "linkType=https://gs1.org/voc/hasRetailers", Wants.LINK),
        ],
    )
    def test_follows_accept_and_link_type(self, accept: str, query: str, wants: Wants) -> None:
        assert asked(f"/01/{GTIN}", query, accept=accept).wants is wants

    def test_link_type_is_not_passed_on(self) -> None:
        understood = asked(f"/01/{GTIN}", "a=1&linkType=gs1:pip&b=2")
        assert understood.passed_on == "a=1&b=2"

    def test_never_a_second_question_mark(self) -> None:
        assert with_query("https://shop/x?id=1", "a=1") == "https://shop/x?id=1&a=1"


class TestLanguage:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            ("", "vi"),
            ("en", "en"),
            ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
            ("zh-TW;q=0.3,en;q=0.8", "en"),
            ("fr,en;q=0.2", "en"),
            ("en;q=0.1,vi", "vi"),
            ("en;q=0", "vi"),
            ("*", "vi"),
        ],
    )
    def test_follows_the_weights(self, header: str, language: str) -> None:
        assert asked(f"/01/{GTIN}", accept_language=header).language == language

    @pytest.mark.parametrize("header", ["ko-KR,ko;q=0.9", "ja", "fr-FR, *;q=0.1"])
    def test_who_reads_neither_is_given_english_and_a_program_the_default_link(self, header: str) -> None:
        assert asked(f"/01/{GTIN}", accept=HTML, accept_language=header).language == "en"
        assert asked(f"/01/{GTIN}", accept="*/*", accept_language=header).language == "vi"
        assert asked(f"/01/{GTIN}", "linkType=gs1:pip", accept="*/*", accept_language=header).language == "vi"
        assert language_of_fault(Request("GET", b"/01/1", accept_language=header)) == "en"

    def test_the_address_decides(self) -> None:
        assert asked(f"/p/en/01/{GTIN}", accept_language="vi").language == "en"
        assert asked(f"/01/{GTIN}", "lang=en", accept_language="vi").language == "en"

    def test_a_weight_that_is_no_number_refuses(self) -> None:
        assert weighted("a;q=x, b;q=0.5, c") == (("c", 1.0), ("b", 0.5))


class TestIsPerson:
    @pytest.mark.parametrize(
        "agent",
        [
            "Mozilla/5.0 (Linux; Android 13; CUBOT X50) Chrome/109 Mobile",
            "Mozilla/5.0 (iPhone) Mobile/15E148 Zalo iOS/600",
            "Mozilla/5.0 (iPhone) [FBAN/FBIOS;FBAV/400.0]",
            "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/142.0.0.0 Safari/537.36",
            "",
        ],
    )
    def test_counts(self, agent: str) -> None:
        assert is_person(Request("GET", b"/01/1", agent=agent))

    @pytest.mark.parametrize(
        "agent",
        [
            "facebookexternalhit/1.1",
            "Mozilla/5.0 (compatible; Googlebot/2.1)",
            "ZaloBot/1.0",
            "TelegramBot (like TwitterBot)",
            "WhatsApp/2.23",
            "SkypeUriPreview",
            "kube-probe/1.29",
            "ELB-HealthChecker/2.0",
        ],
    )
    def test_machines_do_not(self, agent: str) -> None:
        assert not is_person(Request("GET", b"/01/1", agent=agent))

    def test_neither_head_nor_prefetch(self) -> None:
        assert not is_person(Request("HEAD", b"/01/1"))
        assert not is_person(Request("GET", b"/01/1", purpose="prefetch;prerender"))

    def test_the_page_after_a_redirect_is_no_second_scan(self) -> None:
        assert asked(f"/01/{GTIN}", accept="*/*").countable
        assert not asked(f"/p/vi/01/{GTIN}", accept=HTML).countable
        assert not asked(f"/01/{GTIN}", "linkType=linkset", accept=HTML).countable
