"""Every linkset and the resolver's description against their schemas, and the schemas against planted faults."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.traceability.builders import GTIN, OLD_LOT, House

from ocop_hub.db import SYSTEM
from ocop_hub.traceability import service
from ocop_hub.traceability.models import Lot
from ocop_hub.traceability.service import ShopLink

SCHEMAS = Path(__file__).parent / "schemas"
VOC = "https://gs1.org/voc/"
Document = dict[str, Any]


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


async def linkset(house: House, path: str) -> Document:
    answer = await house.client.get(path, params={"linkType": "linkset"})
    assert answer.status_code == 200
    told: Document = answer.json()
    return told


async def test_of_every_kind_of_label(house: House) -> None:
    async with house.database.session(SYSTEM) as session:
        links = [
            ShopLink("https://shop.example/a?id=7", "Sàn A"),
            ShopLink("https://shop.example/b", "Sàn B"),
        ]
        await service.set_shop_links(session, house.cast.squid, links)
    paths = [
        f"/01/{GTIN}",
        f"/01/{GTIN}/10/{OLD_LOT}",
        f"/01/{GTIN}/10/{OLD_LOT}/21/ABC",
        f"/01/{GTIN}/10/NEVER",
    ]
    paths += [f"/t/{house.tea_code}", f"/t/{house.tea_lot_code}"]
    valid = validator("linkset")
    for path in paths:
        told = await linkset(house, path)
        assert [error.message for error in valid.iter_errors(told)] == [], path
    async with house.database.session(SYSTEM) as session:
        lot = await session.get_one(Lot, house.lot.id)
        await service.recall_lot(session, house.cast.alice, lot, reason="Sai hạn sử dụng")
    recalled = await linkset(house, f"/01/{GTIN}/10/{OLD_LOT}")
    assert valid.is_valid(recalled)
    assert f"{VOC}hasRetailers" not in recalled["linkset"][0]


async def test_of_the_description(house: House) -> None:
    described = (await house.client.get("/.well-known/gs1resolver")).json()
    assert validator("description").is_valid(described)
    assert not validator("description").is_valid({**described, "resolverRoot": "ocop.example.vn"})
    assert not validator("description").is_valid({**described, "supportedPrimaryKeys": ["gtin"]})


def _no_anchor(context: Document) -> None:
    del context["anchor"]


def _two_defaults(context: Document) -> None:
    context[f"{VOC}defaultLink"] *= 2


def _default_with_language(context: Document) -> None:
    context[f"{VOC}defaultLink"][0]["hreflang"] = ["vi"]


def _no_title(context: Document) -> None:
    del context[f"{VOC}pip"][0]["title"]


def _language_as_text(context: Document) -> None:
    context[f"{VOC}pip"][0]["hreflang"] = "vi"


def _short_link_type(context: Document) -> None:
    context["gs1:pip"] = context.pop(f"{VOC}pip")


def _relative(context: Document) -> None:
    context[f"{VOC}pip"][0]["href"] = "/p/vi/"


@pytest.mark.parametrize(
    "fault",
    [
        _no_anchor,
        _two_defaults,
        _default_with_language,
        _no_title,
        _language_as_text,
        _short_link_type,
        _relative,
    ],
)
async def test_a_planted_fault_is_seen(house: House, fault: Callable[[Document], None]) -> None:
    told = copy.deepcopy(await linkset(house, f"/01/{GTIN}"))
    fault(told["linkset"][0])
    assert not validator("linkset").is_valid(told)
