"""Every published vector (tests/gs1/README.md) against our functions; what is left out is named and counted."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ocop_hub.gs1 import digital_link, element_string, linters, percent
from ocop_hub.gs1.check import check_line
from ocop_hub.gs1.cset import cset82
from ocop_hub.gs1.errors import DigitalLinkError, ElementStringError, Gs1Error

HERE = Path(__file__).parent
VECTORS: list[dict[str, Any]] = json.loads((HERE / "vectors_gs1.json").read_text(encoding="utf-8"))

LINTERS = {
    "lint_check_digit_mod10": linters.csum,
    "lint_country_numeric": linters.iso3166,
    "lint_country_or_999": linters.iso3166999,
    "lint_cset82": cset82,
    "lint_date_yymmd0": linters.yymmd0,
    "lint_date_yymmdd": linters.yymmdd,
    "lint_hour": linters.hh,
    "lint_latitude": linters.latitude,
    "lint_longitude": linters.longitude,
    "lint_percent_encoded": linters.pcenc,
}

# kind -> (how many entries, why they are not run)
OUT_OF_SCOPE = {
    "lint_gcp_pos2": (2, "answers of a company-prefix directory plugged into the engine; we have none"),
}
KINDS_RUN = {
    "dl_uri_parse": 58,
    "element_string_unbracketed": 39,
    "element_string_bracketed": 14,
    "elements_to_dl": 11,
    "percent_decode": 10,
    "percent_encode": 5,
    "lint_check_digit_mod10": 7,
    "lint_country_numeric": 19,
    "lint_country_or_999": 6,
    "lint_cset82": 20,
    "lint_date_yymmd0": 19,
    "lint_date_yymmdd": 19,
    "lint_hour": 15,
    "lint_latitude": 3,
    "lint_longitude": 3,
    "lint_percent_encoded": 13,
    "epcis_event_hash": 11,  # in test_event_hash.py
}

# A piece of the engine's message -> our reason code.
URI_REASONS = {
    "Unknown AI": "unknown-ai",
    "must contain a domain and path": "no-domain",
    "is duplicated": "duplicate-ai",
    "No GS1 DL keys": "no-key",
    "value is too long": "too-long",
    "value is too short": "too-short",
    "Domain contains illegal": "illegal-domain-character",
    "URI contains illegal characters": "illegal-uri-character",
    "non-CSET 82": "invalid-cset82-character",
    "not a valid key-qualifier sequence": "wrong-path-order",
    "illegal null": "null-character",
    "path element is empty": "empty",
}


def of_kind(*kinds: str) -> list[Any]:
    found = [v for v in VECTORS if v["kind"] in kinds]
    assert found
    return [pytest.param(v, id=f"{v['source'].rsplit('/', 1)[-1]}-{i}") for i, v in enumerate(found)]


def test_nothing_falls_out_silently() -> None:
    left_out = {kind: number for kind, (number, _reason) in OUT_OF_SCOPE.items()}
    assert Counter(v["kind"] for v in VECTORS) == Counter(KINDS_RUN | left_out)
    assert len(VECTORS) == 274
    assert sum(left_out.values()) == 2


@pytest.mark.parametrize("vector", of_kind(*LINTERS))
def test_linter(vector: dict[str, Any]) -> None:
    expected = vector["expected"]["error"]
    reason = expected.removeprefix("GS1_LINTER_").lower().replace("_", "-") if expected else None
    assert LINTERS[vector["kind"]](vector["input"]) == reason


@pytest.mark.parametrize("vector", of_kind("percent_decode"))
def test_percent_decode(vector: dict[str, Any]) -> None:
    assert percent.decode_path(vector["input"]) == vector["expected"]["path"]
    assert percent.decode_query(vector["input"]) == vector["expected"]["query"]


@pytest.mark.parametrize("vector", of_kind("percent_encode"))
def test_percent_encode(vector: dict[str, Any]) -> None:
    assert percent.encode_path(vector["input"]) == vector["expected"]["path"]
    assert percent.encode_query(vector["input"]) == vector["expected"]["query"]


@pytest.mark.parametrize("vector", of_kind("element_string_unbracketed", "element_string_bracketed"))
def test_element_string(vector: dict[str, Any]) -> None:
    text, expected = vector["input"], vector["expected"]
    parse = element_string.parse_bracketed if "_bracketed" in vector["kind"] else element_string.parse_fnc1
    if not expected["valid"]:
        with pytest.raises(ElementStringError):
            parse(text)
        assert not check_line(text).valid
        return
    elements = parse(text)
    unbracketed = element_string.build_fnc1(elements)
    assert element_string.parse_fnc1(unbracketed) == elements
    if "unbracketed" in expected:
        assert unbracketed == expected["unbracketed"]
    assert check_line(text).elements == elements


def parse_link(vector: dict[str, Any]) -> digital_link.DigitalLink:
    options = vector.get("options", {})
    return digital_link.parse(
        vector["input"],
        permit_zero_suppressed_gtin=options.get("PermitZeroSuppressedGTINinDLuris", False),
        permit_unknown_ais=options.get("PermitUnknownAIs", False),
    )


@pytest.mark.parametrize("vector", of_kind("dl_uri_parse"))
def test_digital_link(vector: dict[str, Any]) -> None:
    expected = vector["expected"]
    if "convenience_alphas" in vector.get("options", {}):
        # Word forms left the standard in 1.3.0: the vector's note says invalid is right for us.
        expected = {"valid": False, "error": expected["error"]}
    if expected["valid"]:
        check_valid_link(vector, parse_link(vector))
        return
    with pytest.raises(DigitalLinkError) as caught:
        parse_link(vector)
    if "error" in expected:
        assert caught.value.reason == next(r for m, r in URI_REASONS.items() if m in expected["error"])
    result = check_line(vector["input"])
    assert (result.valid, result.elements, result.canonical) == (False, (), None)


def check_valid_link(vector: dict[str, Any], link: digital_link.DigitalLink) -> None:
    expected = vector["expected"]
    assert element_string.build_fnc1(link.elements) == expected["unbracketed"]
    if "elements" in expected:
        assert element_string.build_bracketed(link.elements) == expected["elements"]
    if "canonical" in expected:
        assert link.canonical() == expected["canonical"]
    result = check_line(vector["input"])
    if "options" in vector:
        assert not result.valid, "an entry that needs an option is refused without it"
    else:
        assert result.as_dict()["elements"] == link.elements
        assert result.canonical == link.canonical()
        assert digital_link.parse(link.canonical()).canonical() == link.canonical()


@pytest.mark.parametrize("vector", of_kind("elements_to_dl"))
def test_elements_to_digital_link(vector: dict[str, Any]) -> None:
    given, expected = vector["input"], vector["expected"]
    if expected["valid"]:
        elements = element_string.parse_bracketed(given["elements"])
        assert digital_link.from_elements(elements, stem=given["stem"]).uri() == expected["uri"]
        return
    with pytest.raises(Gs1Error):
        digital_link.from_elements(element_string.parse_bracketed(given["elements"]), stem=given["stem"])
