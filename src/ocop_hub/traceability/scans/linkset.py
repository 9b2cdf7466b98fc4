"""The linkset of a label (RFC 9264 as GS1-conformant resolvers give it) and the resolver's own description."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ocop_hub.traceability.models import LinkType
from ocop_hub.traceability.scans.resolver import LANGUAGES, LD_JSON, Language, Target, page_path
from ocop_hub.traceability.story.page import TraceStory

VOCABULARY = "https://gs1.org/voc/"
LINKSET_TYPE = "application/linkset+json"
CONTEXT_LINK = (
    "<https://ref.gs1.org/standards/resolver/linkset-context>; "
    'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
)


HTML = "text/html"
#: Where on the page the certificate and the recall stand.
CERTIFICATE_ANCHOR, RECALL_ANCHOR = "#giay-chung-nhan", "#thu-hoi"


@dataclass(frozen=True, slots=True)
class Link:
    """One target: its type, where, what it is called. ``language`` is empty where it says nothing."""

    link_type: LinkType
    href: str
    title: str
    language: str = ""
    media_type: str = HTML


def links_of_story(story: TraceStory, target: Target, public_url: str) -> list[Link]:
    """What the resolver knows about a label, the links of the levels above it included."""
    pages = _pages(LinkType.PIP if story.lot is None else LinkType.TRACEABILITY, story, target, public_url)
    found = list(pages)
    if story.lot is not None:
        # Our page of a lot is the product's page too; without a GTIN there is no other.
        found += [replace(page, link_type=LinkType.PIP) for page in pages]
        found.append(_document("epcis", LinkType.EPCIS, story, target, public_url))
    passport = _document("dpp", LinkType.PASSPORT, story, target, public_url)
    found += [replace(passport, link_type=LinkType.PIP), passport]
    found += _at(pages, LinkType.RECALL, RECALL_ANCHOR)
    found += _at(pages, LinkType.VERIFICATION, "")
    if story.certificate is not None:
        found += _at(pages, LinkType.CERTIFICATION, CERTIFICATE_ANCHOR)
    if story.lot is None or story.lot.recall is None:
        found += [Link(LinkType.RETAILERS, shop.href, shop.title) for shop in story.shops]
    return found


def linkset(story: TraceStory, target: Target, public_url: str) -> bytes:
    """The links of the label and of every level above it, each level under its own anchor."""
    contexts = [_context(story, target, public_url)]
    if target.lot is not None:
        contexts.append(_context(story.of_product(), Target(gtin=target.gtin), public_url))
    return json.dumps({"linkset": contexts}, ensure_ascii=False).encode()


def _pages(link_type: LinkType, story: TraceStory, target: Target, public_url: str) -> list[Link]:
    return [
        Link(link_type, f"{public_url}{page_path(target, language)}", _title(story, language), language)
        for language in LANGUAGES
    ]


def _at(pages: list[Link], link_type: LinkType, anchor: str) -> list[Link]:
    return [replace(page, link_type=link_type, href=page.href + anchor) for page in pages]


def _document(name: str, link_type: LinkType, story: TraceStory, target: Target, public_url: str) -> Link:
    address = f"{public_url}{page_path(target, name)}"
    return Link(link_type, address, _title(story, "vi"), media_type=LD_JSON)


def several(links: Iterable[Link]) -> bytes:
    """The body of a 300: equally good targets to choose from."""
    return json.dumps({"linkset": [_by_type(links)]}, ensure_ascii=False).encode()


def description(public_url: str, name: str) -> bytes:
    """``/.well-known/gs1resolver``: what this resolver answers."""
    return json.dumps(
        {
            "name": name,
            "resolverRoot": public_url,
            "supportedPrimaryKeys": ["01"],
            "supportedLinkType": [
                {
                    "namespace": VOCABULARY,
                    "prefix": "gs1:",
                    "profile": "https://www.gs1.org/voc/?show=linktypes",
                }
            ],
            "linkTypeDefaultCanBeLinkset": False,
            "validatesAICombinations": True,
        },
        ensure_ascii=False,
    ).encode()


def _context(story: TraceStory, target: Target, public_url: str) -> dict[str, Any]:
    links = links_of_story(story, target, public_url)
    # The default link carries href and title, and nothing else (conformance suite 1.2).
    default = {"href": links[0].href, "title": links[0].title}
    return {
        "anchor": f"{public_url}{target.path}",
        "itemDescription": story.product.name,
        f"{VOCABULARY}defaultLink": [default],
        f"{VOCABULARY}defaultLinkMulti": [
            _told(each) for each in links if each.link_type is links[0].link_type
        ],
        **_by_type(links),
    }


def _by_type(links: Iterable[Link]) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for link in links:
        name = VOCABULARY + link.link_type.value.removeprefix("gs1:")
        grouped.setdefault(name, []).append(_told(link))
    return grouped


def _told(link: Link) -> dict[str, Any]:
    told: dict[str, Any] = {"href": link.href, "title": link.title, "type": link.media_type}
    return {**told, "hreflang": [link.language]} if link.language else told


_LOT = {"vi": "lô", "en": "lot", "zh": "批次"}


def _title(story: TraceStory, language: Language) -> str:
    name = story.product.said("name", language).text
    if story.lot is None:
        return name
    return f"{name}, {_LOT[language]} {story.lot.code}"
