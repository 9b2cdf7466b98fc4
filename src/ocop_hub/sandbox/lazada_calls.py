"""The calls of the Lazada-like interface, for its document."""

from __future__ import annotations

from ocop_hub.sandbox.calls import Described, Interface

_TOKEN = ("code", "access_token", "refresh_token", "expires_in:i", "refresh_expires_in:i", "request_id")

LAZADA = Interface(
    "lazada",
    "Lazada",
    "Every text parameter of query and form is signed: path + sorted name and value, HMAC-SHA256, upper-case hex. "
    "An answer is good when code is the string 0, whatever the HTTP status.",
    (
        Described("POST", "/rest/auth/token/create", "Tokens for a code", form=("code",),
                  answer=("country_user_info:a",)),
        Described("POST", "/rest/auth/token/refresh", "New tokens for a refresh token, once",
                  form=("refresh_token",)),
        Described("GET", "/rest/category/tree/get", "Categories", query=("language_code?",)),
        Described("GET", "/rest/category/attributes/get", "Attributes of a category",
                  query=("primary_category_id:i", "language_code?")),
        Described("GET", "/rest/category/brands/query", "Registered brands",
                  query=("startRow:i", "pageSize:i"), answer=("module:a",)),
        Described("GET", "/rest/product/category/suggestion/get", "Categories that suit a name",
                  query=("product_name",), answer=("categorySuggestions:a",)),
        Described("POST", "/rest/image/upload", "Keep a picture; only pictures kept here are taken in products",
                  file="image", answer=("image:o",)),
        Described("POST", "/rest/product/create", "Create an item; its review begins", form=("payload",),
                  answer=("item_id:i", "sku_list:a")),
        Described("POST", "/rest/product/update", "Change an item, or make its SKU active again",
                  form=("payload",), answer=("item_id:i",)),
        Described("POST", "/rest/product/price_quantity/update", "Price and stock, without a review",
                  form=("payload",)),
        Described("POST", "/rest/product/deactivate", "Take an item off sale", form=("payload",)),
        Described("GET", "/rest/product/item/get", "One item with its state", query=("item_id:i",),
                  answer=("item_id:i", "status", "attributes:o", "skus:a", "images:a", "reason?")),
        Described("GET", "/rest/products/get", "Items of the stall, or those with given SKUs",
                  query=("filter", "offset:i", "limit:i", "sku_seller_list?"),
                  answer=("products:a", "total_products:i")),
    ),
    common=("app_key", "timestamp:i", "sign_method", "access_token", "sign"),
    envelope=("code", "type?", "message?", "request_id", "detail:a?"),
    payload="data",
    open_envelope={"/rest/auth/token/create": _TOKEN, "/rest/auth/token/refresh": _TOKEN},
)  # fmt: skip
