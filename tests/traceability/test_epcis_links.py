"""Certificates and documents that an event names by address: which are shown, and what is none."""

from __future__ import annotations

from typing import Any

import pytest

from ocop_hub.traceability.epcis.links import MOST_LINKS, EventLink, LinkKind, links_of

CERTIFICATE = "https://accreditation.example.org/certificate/ABC12345"


def told(event: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.kind.value, each.href) for each in links_of(event)]


def test_every_place_where_an_event_may_name_one() -> None:
    event = {
        "certificationInfo": [CERTIFICATE, "urn:epc:id:gdti:0614141.06012.1234"],
        "bizTransactionList": [
            {"type": "po", "bizTransaction": "https://buyer.example/po/7"},
            {"type": "inv", "bizTransaction": "urn:epcglobal:cbv:bt:5200001000008:A1"},
        ],
        "ilmd": {
            "acme:certificationList": [
                {
                    "gs1:certificationStandard": "VietGAP",
                    "gs1:certificationURI": {"@id": "https://vietgap.example/9"},
                }
            ],
            "acme:leaflet": ["https://acme.example/leaflet.pdf"],
        },
        "acme:report": {"acme:name": "Phiếu kiểm nghiệm", "acme:file": "http://lab.example/r?id=1"},
        "ocop:note": "https://ours.example/",
    }
    assert told(event) == [
        ("certificate", CERTIFICATE),
        ("document", "https://buyer.example/po/7"),
        ("certificate", "https://vietgap.example/9"),
        ("document", "https://acme.example/leaflet.pdf"),
        ("document", "http://lab.example/r?id=1"),
    ]
    assert [each.title for each in links_of(event)] == ["", "", "VietGAP", "", "Phiếu kiểm nghiệm"]


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "https://ref.gs1.org/cbv/BTT-po",
        "https://id.gs1.org/01/08936000000011/10/LO-9",
        "https://any.example/01/08936000000011/10/LO-9",
        "https://bank.example@evil.example/",
        "https://a.example/\u202egpj",
        "https://a.example/a b",
        "https://[::1/",
        "https:///a",
        "https://" + "a" * 70 + ".example/",
        "https://a.example/" + "a" * 1_000,
        "ftp://a.example/a.pdf",
        "VietGAP",
    ],
)
def test_what_is_no_link_to_a_paper(text: str) -> None:
    assert links_of({"certificationInfo": text}) == ()


def test_a_host_that_only_looks_like_another_is_shown_as_it_is_asked_for() -> None:
    assert links_of({"certificationInfo": "https://аpple.example/c"}) == (
        EventLink(LinkKind.CERTIFICATE, "https://аpple.example/c", "xn--pple-43d.example"),
    )


def test_each_once_and_not_without_end() -> None:
    many = [f"https://a.example/{n // 2}" for n in range(4 * MOST_LINKS)]
    assert told({"certificationInfo": many}) == [
        ("certificate", f"https://a.example/{n}") for n in range(MOST_LINKS)
    ]
