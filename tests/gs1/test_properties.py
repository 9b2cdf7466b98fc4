"""Property tests: what is built can be read back, and any text gets an answer."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ocop_hub.gs1.cset import CSET82_ORDER
from ocop_hub.gs1.digital_link import build, from_elements, parse
from ocop_hub.gs1.element_string import Element, build_bracketed, build_fnc1, parse_bracketed, parse_fnc1
from ocop_hub.gs1.errors import DigitalLinkError
from ocop_hub.gs1.identifiers import check_digit
from ocop_hub.gs1.problems import SENTENCES

GTIN = "09520123456788"

gtins = st.text("0123456789", min_size=13, max_size=13).map(lambda body: body + check_digit(body))
texts = st.text(CSET82_ORDER, min_size=1, max_size=20)
optional_texts = st.none() | texts
dates = st.builds(
    lambda y, m, d: f"{y:02}{m:02}{d:02}", st.integers(0, 99), st.integers(1, 12), st.integers(0, 28)
)

# One strategy per AI that may follow a GTIN as an attribute.
_ATTRIBUTES: dict[str, st.SearchStrategy[str]] = {
    "11": dates,
    "17": dates,
    "3103": st.text("0123456789", min_size=6, max_size=6),
    "422": st.sampled_from(["704", "156"]),
    "240": texts,
    "98": texts,
}
attributes: st.SearchStrategy[list[Element]] = st.lists(
    st.sampled_from(sorted(_ATTRIBUTES)), unique=True, max_size=4
).flatmap(lambda ais: st.tuples(*(st.tuples(st.just(ai), _ATTRIBUTES[ai]) for ai in ais)).map(list))


@settings(max_examples=80, deadline=None)
@given(gtins, optional_texts, optional_texts, optional_texts, attributes)
def test_build_parse_build(
    gtin: str, lot: str | None, serial: str | None, variant: str | None, extra: list[Element]
) -> None:
    uri = build("ocop.example.vn", gtin, lot=lot, serial=serial, variant=variant, attributes=extra)
    link = parse(uri)
    assert (link.gtin, link.lot, link.serial, link.value("22")) == (gtin, lot, serial, variant)
    assert sorted(link.attributes) == sorted(extra)
    assert build(link.stem, gtin, lot=lot, serial=serial, variant=variant, attributes=link.attributes) == uri
    assert link.uri() == uri
    assert parse(link.canonical()).elements == link.elements


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gets_an_answer(text: str) -> None:
    for uri in (text, "https://" + text, f"https://a/01/{GTIN}/{text}", f"https://a/01/{GTIN}?{text}"):
        reason = ""
        try:
            assert parse(uri).key[1]
        except DigitalLinkError as error:
            reason = error.reason
        assert not reason or reason in SENTENCES


@settings(max_examples=50, deadline=None)
@given(gtins, optional_texts, attributes)
def test_element_string_and_link_say_the_same(gtin: str, lot: str | None, extra: list[Element]) -> None:
    elements = (("01", gtin), *((("10", lot),) if lot else ()), *extra)
    assert parse_bracketed(build_bracketed(elements)) == elements
    link = from_elements(elements, stem="https://a.vn")
    assert sorted(parse(link.uri()).elements) == sorted(elements)


@settings(max_examples=80, deadline=None)
@given(gtins, texts, attributes)
def test_both_forms_round_trip(gtin: str, lot: str, extra: list[Element]) -> None:
    elements = (("01", gtin), ("10", lot), *extra)
    assert parse_fnc1(build_fnc1(elements)) == elements
    assert parse_bracketed(build_bracketed(elements)) == elements
