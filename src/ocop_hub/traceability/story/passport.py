"""The digital passport of a product, and what a search engine reads of it: JSON-LD made from the page's story.

Fields: Decree 37/2026/NĐ-CP, Art. 32 (name and GTIN; name, address and identifier of the maker; origin or place
of the last completing step; traceability; certificates; production and expiry dates; warnings).
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from ocop_hub.traceability.scans.resolver import Target, page_path
from ocop_hub.traceability.story.events import paper_path
from ocop_hub.traceability.story.page import StoryProduct, TraceStory

CONTEXT: dict[str, Any] = {
    "@vocab": "https://gs1.org/voc/",
    "schema": "https://schema.org/",
    "name": "schema:name",
    "description": "schema:description",
    "address": "schema:address",
    "identifier": "schema:identifier",
    "image": {"@id": "schema:image", "@type": "@id"},
    "ocop": "urn:ocop-hub:voc:",
}


def passport(story: TraceStory, target: Target, public_url: str) -> bytes:
    """The passport of a product, or of a lot; fields of the decree without a value stand under ``missing``."""
    address = f"{public_url}{target.path}"
    fields: dict[str, Any] = {
        "name": _spoken(story.product, "name"),
        "gtin": story.product.gtin or None,
        "manufacturer": _maker(story),
        "countryOfOrigin": {"countryCode": "VN"},
        "ocop:lastCompletedAt": _place(story),
        "ocop:traceability": _traceability(story, target, public_url),
        "certification": _certificate(story),
        "productionDate": story.lot.produced_on if story.lot is not None else None,
        "expirationDate": story.lot.best_before if story.lot is not None else None,
        "hasBatchLotNumber": story.lot.code if story.lot is not None else None,
        "ocop:warnings": _warnings(story),
        "ocop:declaration": story.product.declaration_number or None,
        "ocop:shelfLife": _spoken(story.product, "shelf_life") or None,
        "ingredientStatement": _spoken(story.product, "ingredients") or None,
        "description": _spoken(story.product, "description") or None,
        "consumerStorageInstructions": _spoken(story.product, "storage") or None,
        "image": f"{public_url}/media/{story.product.photo.key}" if story.product.photo else None,
    }
    known = {name: value for name, value in fields.items() if value is not None}
    whole = {
        "@context": CONTEXT,
        "@type": "Product",
        "@id": address,
        **known,
        "ocop:legalBasis": "37/2026/NĐ-CP, Điều 32",
        "ocop:missing": sorted(missing(story)),
    }
    return json.dumps(whole, ensure_ascii=False, default=_day).encode()


def missing(story: TraceStory) -> set[str]:
    """Names of the decree's fields that this passport should hold and does not."""
    lot = story.lot
    wanted: dict[str, object] = {
        "gtin": story.product.gtin,
        "manufacturer.address": story.producer.address or story.producer.place,
        "manufacturer.identifier": story.producer.gln or story.producer.tax_number,
        "ocop:lastCompletedAt": _place(story),
        "ocop:traceability": story.events if lot is not None else True,
        "certification": story.certificate,
        "productionDate": lot.produced_on if lot is not None else True,
        "expirationDate": lot.best_before if lot is not None else True,
    }
    return {name for name, value in wanted.items() if not value}


def page_data(story: TraceStory) -> str:
    """schema.org of the buyer's page, to stand inside a ``<script>`` data block: ``<``, ``>``, ``&`` escaped."""
    product = story.product
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "manufacturer": {"@type": "Organization", "name": story.producer.name},
    }
    if product.gtin:
        data["gtin14"] = product.gtin
    if product.description:
        data["description"] = product.description
    if product.photo is not None:
        data["image"] = f"/media/{product.photo.key}"
    if product.ingredients:
        data["material"] = product.ingredients
    if story.lot is not None and story.lot.produced_on is not None:
        data["productionDate"] = story.lot.produced_on
    text = json.dumps(data, ensure_ascii=False, default=_day)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _maker(story: TraceStory) -> dict[str, Any]:
    producer = story.producer
    maker: dict[str, Any] = {"@type": "Organization", "name": producer.name}
    if address := ", ".join(filter(None, (producer.address, producer.place))):
        maker["address"] = address
    if identifier := producer.gln or producer.tax_number:
        maker["identifier"] = identifier
    return maker


def _place(story: TraceStory) -> str | None:
    packed = story.lot.packed_place if story.lot is not None else ""
    return packed or story.producer.place or None


def _traceability(story: TraceStory, target: Target, public_url: str) -> dict[str, Any]:
    told: dict[str, Any] = {"ocop:page": f"{public_url}{page_path(target, 'vi')}"}
    if story.lot is not None:
        told["ocop:epcis"] = f"{public_url}{page_path(target, 'epcis')}"
        told["ocop:events"] = [
            {"ocop:step": each.kind.value, "ocop:at": each.at, "ocop:place": each.place}
            for each in story.events
        ]
        told["ocop:papers"] = [
            {"name": paper.title, "url": f"{public_url}{paper_path(paper)}"}
            for each in story.events
            for paper in each.papers
        ]
    return told


def _certificate(story: TraceStory) -> list[dict[str, Any]] | None:
    held = story.certificate
    if held is None:
        return None
    told: dict[str, Any] = {
        "@type": "CertificationDetails",
        "certificationStandard": "OCOP",
        "certificationStatus": held.state.value,
        "certificationIdentification": held.number or held.decision_number,
        "ocop:decision": held.decision_number,
    }
    if held.holds:
        told["certificationValue"] = str(held.stars)
    if held.valid_until is not None:
        told["certificationEndDate"] = held.valid_until
    return [told]


def _warnings(story: TraceStory) -> list[dict[str, Any]]:
    """What the maker warns of, and what stands in red on the page."""
    found: list[dict[str, Any]] = []
    if told := _spoken(story.product, "warnings"):
        found.append({"ocop:kind": "safety", "description": told})
    if story.lot is None:
        return found
    if story.lot.recall is not None:
        found.append({"ocop:kind": "recalled", "description": story.lot.recall.reason})
    if story.lot.expired:
        found.append({"ocop:kind": "expired"})
    return found


def _spoken(product: StoryProduct, name: str) -> list[dict[str, str]]:
    return [{"@value": each.text, "@language": each.language} for each in product.in_every_language(name)]


def _day(value: object) -> str:
    """A day as ISO 8601; a moment with its zone."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
