"""The calls of the Tiki-like interface, for its document."""

from __future__ import annotations

from ocop_hub.sandbox.calls import Described, Interface

_TOKEN = "/sc/oauth2/token"  # noqa: S105 - a path
_CONTENT = ("name", "description", "category_id:i", "image", "images:a?", "attributes:o?")
_PRODUCT = ("product_id:i", "original_sku", "name", "price:n", "active:i", "state", "quantity:i", "image")
_REQUEST = ("track_id", "state", "reason", "original_sku", "name", "price:n")

TIKI = Interface(
    "tiki",
    "Tiki",
    "Calls carry a bearer token, the token call HTTP Basic; HTTP statuses tell whether an answer is good.",
    (
        Described("POST", _TOKEN, "Tokens for a code, or new ones for a refresh token, once",
                  form=("grant_type", "code?", "redirect_uri?", "refresh_token?"),
                  answer=("access_token", "refresh_token", "token_type", "expires_in:i", "scope")),
        Described("GET", "/integration/v2/categories", "Categories; only primary ones take products",
                  answer=("data:a",)),
        Described("POST", "/integration/v2/requests", "Ask for a new product; it is reviewed",
                  json=(*_CONTENT, "original_sku", "option_attributes:a", "variants:a"),
                  answer=("track_id", "state")),
        Described("GET", "/integration/v2/requests", "Requests, the latest first",
                  query=("page:i", "limit:i"), answer=("data:a", "paging:o")),
        Described("GET", "/integration/v2/tracking/{track_id}", "One request", answer=_REQUEST),
        Described("POST", "/integration/v2/requests/updateProductInfo", "Change the content of a product",
                  json=("product_id:i", *_CONTENT), answer=("track_id", "state")),
        Described("GET", "/integration/v2/products", "Products", query=("page:i", "limit:i"),
                  answer=("data:a", "paging:o")),
        Described("GET", "/integration/v2/products/findBy", "Products by SKU", query=("original_sku",),
                  answer=("data:a",)),
        Described("GET", "/integration/v2/products/{product_id}", "One product", answer=_PRODUCT),
        Described("PUT", "/integration/v2/products/updateSku", "Price, stock, on sale or not; at once",
                  json=("product_id:i", "price:i?", "active:i?", "warehouse_quantities:a?"),
                  answer=("state",)),
        Described("POST", "/integration/v1/queues", "Make a queue", json=("code",), answer=("code",)),
        Described("POST", "/integration/v1/queues/{code}/subscriptions", "Ask for a kind of event",
                  json=("event_type",), answer=("event_type",)),
        Described("POST", "/integration/v1/queues/{code}/events/pull", "Events after those acknowledged",
                  json=("ack_id?",), answer=("events:a", "ack_id?")),
    ),
    headers=("Authorization",),
)  # fmt: skip
