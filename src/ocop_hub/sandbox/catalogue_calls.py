"""The calls of the Meta-like and the Google-like catalogue, for their documents."""

from __future__ import annotations

from ocop_hub.sandbox.calls import Described, Interface

_ACCOUNT = "/products/v1/accounts/{account}"
_INPUT = f"{_ACCOUNT}/productInputs"
_TOKEN = "/token"  # noqa: S105 - a path

META_CATALOGUE = Interface(
    "meta_catalogue",
    "Meta catalogue",
    "Calls carry a bearer token of the catalogue. A batch is answered with a handle, and the handle tells later "
    "what became of each line.",
    (
        Described("POST", "/{catalogue}/items_batch", "Create, change or delete up to 5,000 items",
                  json=("item_type", "requests:a", "allow_upsert:b?"), answer=("handles:a",)),
        Described("GET", "/{catalogue}/check_batch_request_status", "What became of a batch",
                  query=("handle",), answer=("data:a",)),
        Described("GET", "/{catalogue}/products", "Items, or the one with a retailer id",
                  query=("fields?", "filter?", "limit:i?", "after?"), answer=("data:a", "paging:o")),
    ),
    headers=("Authorization",),
)  # fmt: skip

GOOGLE_MERCHANT = Interface(
    "google_merchant",
    "Google Merchant",
    "Calls carry a bearer token of the account, and writes the data source they go to. A product's name is made "
    "of its language, feed label and offer id, so that sending it again changes it.",
    (
        Described("POST", _TOKEN, "Tokens for a code, or an access token for a refresh token",
                  form=("client_id", "client_secret", "grant_type", "code?", "redirect_uri?", "refresh_token?"),
                  answer=("access_token", "expires_in:i", "token_type", "refresh_token?")),
        Described("POST", f"{_INPUT}:insert", "Make a product, or change the one of this name",
                  query=("dataSource",),
                  json=("offerId", "contentLanguage", "feedLabel", "productAttributes:o"),
                  answer=("name", "offerId")),
        Described("PATCH", f"{_INPUT}/{{product}}", "Choose where a product is not shown",
                  query=("dataSource", "updateMask"), json=("productAttributes:o",), answer=("offerId",)),
        Described("DELETE", f"{_INPUT}/{{product}}", "Delete a product", query=("dataSource",)),
        Described("GET", f"{_ACCOUNT}/products", "Products with status and issues",
                  query=("pageSize:i?", "pageToken?"), answer=("products:a", "nextPageToken?")),
        Described("GET", f"{_ACCOUNT}/products/{{product}}", "One product",
                  answer=("name", "offerId", "productAttributes:o", "productStatus:o")),
    ),
    headers=("Authorization",),
    open_paths=frozenset({_TOKEN}),
)  # fmt: skip
