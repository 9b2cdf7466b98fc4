"""The page on which the owner of a stall agrees, as each marketplace's reference describes the way there."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from ocop_hub.sandbox import html
from ocop_hub.sandbox.credentials import PARTNER_ID, SERVICE_ID
from ocop_hub.sandbox.grants import Grants
from ocop_hub.sandbox.store import Store

#: Numbers, with a data source behind some; a name in the address where the marketplace has names.
_SHOP = re.compile(r"[a-z0-9/-]{1,60}")
_FORM = """<h1>Cho phép kết nối gian hàng</h1>
<p>Ứng dụng <strong>ocop_hub</strong> xin đọc và sửa sản phẩm của gian hàng.</p>
<form method="post"><input type="hidden" name="redirect_uri" value="{redirect_uri}">
<input type="hidden" name="state" value="{state}">
<label for="shop">Gian hàng</label><input id="shop" name="shop_id" list="shops" required pattern="[a-z0-9\\/\\-]+">
<datalist id="shops">{options}</datalist>
<button name="answer" value="yes">Đồng ý</button>
<button class="quiet" name="answer" value="no" formnovalidate>Không đồng ý</button></form>"""


def consent_router(
    market: str, look: html.Look, path: str, client_field: str, store: Store, grants: Grants
) -> APIRouter:
    """GET shows the page, POST leads back. ``client_field`` is what the marketplace calls our application's id.

    Behind a ``service_id`` the way back is declared beforehand (``grants.redirects``) and not asked for.
    """
    router = APIRouter()
    declared = client_field == "service_id"

    async def ask(request: Request, redirect_uri: str = "", state: str = "") -> Response:
        redirect_uri = grants.redirects.get(market, "") if declared else redirect_uri
        ours = SERVICE_ID if declared else PARTNER_ID
        if request.query_params.get(client_field) != ours or not _safe(redirect_uri):
            body = '<h1>Không mở được</h1><p class="problem">Ứng dụng hoặc địa chỉ quay về không đúng.</p>'
            return html.page(look, "Không mở được", body, status=400)
        options = "".join(
            f'<option value="{escape(shop_id)}">{escape(name)}</option>'
            for shop_id, name in store.shops(market)
        )
        body = _FORM.format(redirect_uri=escape(redirect_uri), state=escape(state), options=options)
        return html.page(look, "Cho phép kết nối", body)

    async def answer(
        redirect_uri: str = Form(""), state: str = Form(""), shop_id: str = Form(""), answer: str = Form("no")
    ) -> Response:
        redirect_uri = grants.redirects.get(market, "") if declared else redirect_uri
        if not _safe(redirect_uri):
            return html.page(look, "Không mở được", "<h1>Không mở được</h1>", status=400)
        if answer != "yes" or _SHOP.fullmatch(shop_id) is None:
            said = {"error": "access_denied", "state": state}
        else:
            store.ensure_shop(market, shop_id, with_items=True)
            store.allow_again(market, shop_id)
            said = {"code": grants.code(market, shop_id, redirect_uri), "state": state}
            if market == "shopee":
                said["shop_id"] = shop_id
        joint = "&" if urlsplit(redirect_uri).query else "?"
        return RedirectResponse(f"{redirect_uri}{joint}{urlencode(said)}", 303)

    router.add_api_route(path, ask, methods=["GET"], response_class=HTMLResponse)
    router.add_api_route(path, answer, methods=["POST"], response_class=HTMLResponse)
    return router


def _safe(redirect_uri: str) -> bool:
    return redirect_uri.startswith(("https://", "http://127.0.0.1", "http://localhost"))
