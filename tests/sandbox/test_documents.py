"""The documents of the simulated marketplaces: kept as the code says, and of calls that are really served."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.conftest import Caller

from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, access_token_for
from ocop_hub.sandbox.behind import Behind
from ocop_hub.sandbox.documents import INTERFACES, documents
from ocop_hub.sandbox.faults import FaultPlan
from ocop_hub.sandbox.grants import Grants
from ocop_hub.sandbox.lazada import LazadaSandbox
from ocop_hub.sandbox.rates import RateWatch
from ocop_hub.sandbox.seed import default_seed
from ocop_hub.sandbox.shopee import ShopeeSandbox
from ocop_hub.sandbox.store import Store
from ocop_hub.sandbox.tiktok_shop import TikTokShopSandbox

KEPT = Path(__file__).parents[2] / "openapi" / "marketplaces"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path, default_seed())
    yield store
    store.close()


def told(key: str) -> set[tuple[str, str]]:
    """(method, path) of every call a document tells of."""
    return {(call.method, call.path) for each in INTERFACES if each.key == key for call in each.calls}


@pytest.mark.parametrize("key", sorted(documents()))
def test_the_kept_document_is_current(key: str) -> None:
    kept = json.loads((KEPT / f"{key}.json").read_text(encoding="utf-8"))
    assert kept == documents()[key], "run: make openapi"


def test_no_document_is_left_behind() -> None:
    assert {path.stem for path in KEPT.glob("*.json")} == set(documents())


@pytest.mark.parametrize("document", documents().values(), ids=documents())
def test_each_is_sound(document: dict[str, Any]) -> None:
    operations = [
        (path, operation) for path, verbs in document["paths"].items() for operation in verbs.values()
    ]
    ids = Counter(operation["operationId"] for _, operation in operations)
    assert max(ids.values()) == 1
    for path, operation in operations:
        names = [(each["in"], each["name"]) for each in operation["parameters"]]
        assert len(names) == len(set(names))
        in_path = {name for place, name in names if place == "path"}
        assert in_path == {part.partition("}")[0] for part in path.split("{")[1:]}
        assert operation["summary"]
        assert operation["responses"]["200"]["content"]


def behind(store: Store) -> Behind:
    return Behind(store, FaultPlan(), Grants(store), RateWatch(store), review_seconds=0)


class TestToldIsServed:
    def test_shopee(self, store: Store) -> None:
        sandbox = ShopeeSandbox(behind(store), "")
        served = {(method, f"/api/v2/{name}") for name, (method, _) in sandbox.calls.items()}
        assert told("shopee") == served

    def test_lazada(self, store: Store) -> None:
        sandbox = LazadaSandbox(behind(store), "")
        assert told("lazada") == {(method, f"/rest{path}") for path, (method, _) in sandbox.calls.items()}

    def test_tiktok_shop(self, store: Store) -> None:
        sandbox = TikTokShopSandbox(behind(store), "")
        tokens = {("GET", "/api/v2/token/get"), ("GET", "/api/v2/token/refresh")}
        assert told("tiktok_shop") == {(method, path) for method, path, _ in sandbox.calls} | tokens

    async def test_tiki(self, caller: Caller) -> None:
        """Without a token a call of the interface is refused by its sign-in; any other path is not there."""
        headers = {"Authorization": f"Bearer {access_token_for('220003')}"}
        pages = await caller.http.get(
            "/tiki/integration/v2/products", params={"page": 1, "limit": 1}, headers=headers
        )
        number = str(pages.json()["data"][0]["product_id"])
        queue = "/tiki/integration/v1/queues"
        await caller.http.post(queue, json={"code": "q"}, headers=headers)
        for method, path in told("tiki"):
            if "{track_id}" in path:
                continue  # there is no request yet, which is answered like a path that is not there
            url = "/tiki" + path.replace("{product_id}", number).replace("{code}", "q")
            answer = await caller.http.request(
                method, url, headers=headers, params={"original_sku": "CU-0001"}
            )
            body = {} if method == "GET" else {"product_id": int(number)}
            if method != "GET":
                answer = await caller.http.request(method, url, headers=headers, json=body)
            assert "not_found" not in answer.text, (method, path)

    @pytest.mark.parametrize("key", ["postmart", "voso"])
    async def test_the_made_up_ones(self, caller: Caller, key: str) -> None:
        """What is not served says so; a call that is served finds no such product, or wants its fields."""
        token = access_token_for("htx-dong-tien")
        for method, path in told(key):
            url = path.replace("{id}", "1").replace("{item_id}", "1")
            at = str(int(time.time()))
            digest = hmac.new(PARTNER_KEY.encode(), f"{method}{url}{at}".encode(), hashlib.sha256).digest()
            headers = {
                "Authorization": f"Bearer {token}",
                "X-Partner": PARTNER_ID,
                "X-Time": at,
                "X-Sign": base64.b64encode(digest).decode(),
                "X-Token": token,
                "X-Shop": "htx-dong-tien",
            }
            if method == "POST" and url.endswith(("images", "pictures")):
                continue  # any upload is taken for a picture, whatever the path
            answer = await caller.http.request(method, f"/{key}{url}", headers=headers)
            assert answer.json(), (method, path)
            assert "Không có địa chỉ này" not in answer.text, (method, path)

    @pytest.mark.parametrize(
        ("key", "shop"), [("meta_catalogue", "220005"), ("google_merchant", "220006/77")]
    )
    async def test_the_catalogues(self, caller: Caller, key: str, shop: str) -> None:
        """Whatever a call wants of us, its path is one they know."""
        headers = {"Authorization": f"Bearer {access_token_for(shop)}"}
        calls = told(key)
        nowhere = {("GET", "/{catalogue}/no"), ("GET", "/products/v1/accounts/{account}/no")}
        for method, path in calls | nowhere:
            url = path.replace("{catalogue}", shop).replace("{account}", shop.partition("/")[0])
            url = url.replace("{product}", "vi~VN~NONE")
            body: dict[str, Any] | None = {} if method in ("POST", "PATCH") else None
            answer = await caller.http.request(method, f"/{key}{url}", headers=headers, json=body)
            unknown = answer.status_code == 404 and "product not found" not in answer.text
            unknown = unknown or any(each in answer.text for each in ("Unknown path", "no such method"))
            assert unknown is ((method, path) not in calls), (method, path, answer.text)
