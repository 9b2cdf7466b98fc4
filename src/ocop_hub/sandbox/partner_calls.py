"""The calls of the two made-up partner interfaces, for their documents."""

from __future__ import annotations

from ocop_hub.sandbox.calls import Described, Interface

_NOTE = "Made up: the marketplace publishes none. "
_POSTMART_ITEM = ("sku", "name", "description", "price:i", "quantity:i", "images:a", "gc_id:i")
_VOSO_ITEM = ("code", "title", "content", "price:o", "available:i", "pictures:a")

_TOKEN = Described(
    "POST", "/oauth/token", "Tokens for a code or a refresh token, once each (RFC 6749)",
    form=("grant_type", "client_id", "client_secret", "code?", "redirect_uri?", "refresh_token?"),
    answer=("access_token", "refresh_token", "token_type", "expires_in:i"),
)  # fmt: skip

POSTMART = Interface(
    "postmart",
    "Postmart",
    _NOTE + "Only the list of categories and the envelope are published. Calls carry a bearer token; the code "
    "inside the answer tells whether it is good.",
    (
        Described("GET", "/apis/v1/merchant/categories/all", "Categories"),
        Described("POST", "/apis/v1/merchant/images", "Keep a picture", file="image", answer=("id",)),
        Described("POST", "/apis/v1/merchant/products", "Create a product; its review begins",
                  json=_POSTMART_ITEM, answer=("id:i", "status")),
        Described("GET", "/apis/v1/merchant/products", "Products, or those with a SKU",
                  query=("sku?", "page:i?", "limit:i?")),
        Described("GET", "/apis/v1/merchant/products/{id}", "One product", answer=("id:i", "status")),
        Described("PUT", "/apis/v1/merchant/products/{id}", "Change a product", json=_POSTMART_ITEM),
        Described("POST", "/apis/v1/merchant/products/{id}/hide", "Take a product off sale"),
        Described("POST", "/apis/v1/merchant/products/{id}/show", "Put a product up again"),
        _TOKEN,
    ),
    headers=("Authorization",),
    open_paths=frozenset({"/oauth/token"}),
    open_envelope={"/oauth/token": ()},
    envelope=("code:i", "message", "requestMethod"),
    payload="result",
)  # fmt: skip

VOSO = Interface(
    "voso",
    "Vỏ Sò",
    _NOTE + "X-Sign is HMAC-SHA256 over method, path, X-Time and body, in Base64; HTTP statuses tell whether an "
    "answer is good.",
    (
        Described("POST", "/partner/v1/pictures", "Keep a picture", file="file", answer=("picture_id",)),
        Described("POST", "/partner/v1/items", "Create an item; its review begins", json=_VOSO_ITEM,
                  answer=("item_id:i", "state:i")),
        Described("GET", "/partner/v1/items", "Items, or those with a SKU",
                  query=("code?", "after:i?", "size:i?"), answer=("items:a", "after")),
        Described("GET", "/partner/v1/items/{item_id}", "One item", answer=("item_id:i", "state:i")),
        Described("PUT", "/partner/v1/items/{item_id}", "Change an item", json=_VOSO_ITEM),
        Described("PUT", "/partner/v1/items/{item_id}/state", "Take an item off sale or put it up again",
                  json=("shown:b",)),
        _TOKEN,
    ),
    open_paths=frozenset({"/oauth/token"}),
    open_envelope={"/oauth/token": ()},
    headers=("X-Partner", "X-Time:i", "X-Sign", "X-Token", "X-Shop"),
    envelope=("status", "request"),
    payload="data",
)  # fmt: skip
