"""The linkset of a label (RFC 9264 as GS1-conformant resolvers give it) and the resolver's own description."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ocop_hub.traceability.models import LinkType
from ocop_hub.traceability.resolver import LANGUAGES, Target, page_path
from ocop_hub.traceability.story import TraceStory

VOCABULARY = "https://gs1.org/voc/"
LINKSET_TYPE = "application/linkset+json"
CONTEXT_LINK = (
    "<https://ref.gs1.org/standards/resolver/linkset-context>; "
    'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
)


@dataclass(frozen=True, slots=True)
class Link:
    """One target: its type, where, and what it is called."""

    link_type: LinkType
    href: str
    title: str
    language: str = "vi"


def links_of_story(story: TraceStory, target: Target, public_url: str) -> list[Link]:
    """What the resolver knows about a label: our own pages in each language, and the shops."""
    own = LinkType.TRACEABILITY if story.lot is not None else LinkType.PIP
    pages = [
        Link(own, f"{public_url}{page_path(target, language)}", _title(story, language), language)
        for language in LANGUAGES
    ]
    shops = [Link(LinkType.RETAILERS, shop.href, shop.title) for shop in story.shops]
    recall = [Link(LinkType.RECALL, each.href, each.title, each.language) for each in pages]
    return [*pages, *shops, *(recall if story.lot is not None and story.lot.recall is not None else [])]


def linkset(story: TraceStory, target: Target, public_url: str) -> bytes:
    """The links of the label and of every level above it, each level under its own anchor."""
    contexts = [_context(story, target, public_url, links_of_story(story, target, public_url))]
    if target.lot is not None:
        above = Target(gtin=target.gtin)
        product = [
            Link(LinkType.PIP, f"{public_url}{page_path(above, language)}", _name(story, language), language)
            for language in LANGUAGES
        ]
        contexts.append(_context(story, above, public_url, product))
    return json.dumps({"linkset": contexts}, ensure_ascii=False).encode()


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


def _context(story: TraceStory, target: Target, public_url: str, links: list[Link]) -> dict[str, Any]:
    # The default link carries href and title, and nothing else (conformance suite 1.2).
    default = {"href": links[0].href, "title": links[0].title}
    return {
        "anchor": f"{public_url}{target.path}",
        "itemDescription": story.product.name,
        f"{VOCABULARY}defaultLink": [default],
        **_by_type(links),
    }


def _by_type(links: Iterable[Link]) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for link in links:
        name = VOCABULARY + link.link_type.value.removeprefix("gs1:")
        grouped.setdefault(name, []).append(
            {"href": link.href, "title": link.title, "type": "text/html", "hreflang": [link.language]}
        )
    return grouped


def _name(story: TraceStory, language: str) -> str:
    return (story.product.name_en if language == "en" else "") or story.product.name


def _title(story: TraceStory, language: str) -> str:
    name = _name(story, language)
    if story.lot is None:
        return name
    return f"{name}, {'lot' if language == 'en' else 'lô'} {story.lot.code}"
