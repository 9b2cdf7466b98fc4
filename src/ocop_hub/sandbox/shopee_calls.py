"""The calls of the Shopee-like interface, for its document."""

from __future__ import annotations

from ocop_hub.sandbox.calls import Described, Interface

_TOKEN = ("error", "message", "request_id", "access_token", "refresh_token", "expire_in:i")
_TOKEN_PATHS = ("/api/v2/auth/token/get", "/api/v2/auth/access_token/get")
_SHOP = ("access_token", "shop_id:i")
_CONTENT = (
    "item_name", "description", "category_id:i", "weight:n", "image:o", "brand:o", "item_sku?", "gtin_code?",
    "attribute_list:a?", "dimension:o?", "condition?",
)  # fmt: skip


def _shop_call(method: str, call: str, says: str, **more: tuple[str, ...]) -> Described:
    """A call with the stall's token."""
    query = (*_SHOP, *more.pop("query", ()))
    return Described(method, f"/api/v2/{call}", says, query=query, json=more.get("json", ()),
                     answer=more.get("answer", ()))  # fmt: skip


SHOPEE = Interface(
    "shopee",
    "Shopee",
    "Signed is partner_id + path + timestamp (+ access_token + shop_id), HMAC-SHA256, lower-case hex. "
    "An answer is good when error is empty, whatever the HTTP status.",
    (
        Described("POST", _TOKEN_PATHS[0], "Tokens for a code", json=("code", "shop_id:i", "partner_id:i")),
        Described("POST", _TOKEN_PATHS[1], "New tokens for a refresh token, once",
                  json=("refresh_token", "shop_id:i", "partner_id:i")),
        Described("POST", "/api/v2/media_space/upload_image", "Keep a picture", form=("scene?",), file="image",
                  answer=("image_info:o",)),
        _shop_call("GET", "product/get_category", "Categories", query=("language?",),
                   answer=("category_list:a",)),
        _shop_call("GET", "product/get_attribute_tree", "Attributes of at most 20 categories",
                   query=("category_id_list",), answer=("list:a",)),
        _shop_call("GET", "product/get_brand_list", "Registered brands of a category",
                   query=("category_id:i",), answer=("brand_list:a", "has_next_page:b")),
        _shop_call("GET", "product/get_item_limit", "Limits of a category", query=("category_id:i",),
                   answer=("price_limit:o", "stock_limit:o", "item_name_length_limit:o",
                           "item_description_length_limit:o", "item_image_count_limit:o")),
        _shop_call("GET", "logistics/get_channel_list", "Delivery channels of the shop",
                   answer=("logistics_channel_list:a",)),
        _shop_call("POST", "product/add_item", "Create an item; its review begins",
                   json=(*_CONTENT, "original_price:n", "seller_stock:a", "logistic_info:a", "item_status?"),
                   answer=("item_id:i", "item_status")),
        _shop_call("POST", "product/update_item", "Change the content of an item",
                   json=("item_id:i", *_CONTENT), answer=("item_id:i",)),
        _shop_call("POST", "product/update_price", "Change prices; failures stand in failure_list",
                   json=("item_id:i", "price_list:a"), answer=("success_list:a", "failure_list:a")),
        _shop_call("POST", "product/update_stock", "Change stocks; failures stand in failure_list",
                   json=("item_id:i", "stock_list:a"), answer=("success_list:a", "failure_list:a")),
        _shop_call("POST", "product/unlist_item", "Take items off sale or put them up again",
                   json=("item_list:a",), answer=("success_list:a", "failure_list:a")),
        _shop_call("POST", "product/delete_item", "Delete an item", json=("item_id:i",)),
        _shop_call("GET", "product/get_item_list", "Items of the shop in given states",
                   query=("page_size:i", "offset:i?", "item_status:a"),
                   answer=("item:a", "total_count:i", "has_next_page:b", "next_offset:i")),
        _shop_call("GET", "product/get_item_base_info", "At most 50 items", query=("item_id_list",),
                   answer=("item_list:a",)),
        _shop_call("GET", "product/get_item_violation_info", "Why items are banned",
                   query=("item_id_list",), answer=("item_list:a",)),
        _shop_call("GET", "product/search_item", "Items by SKU", query=("item_sku", "page_size:i?"),
                   answer=("item_id_list:a", "total_count:i")),
    ),
    common=("partner_id:i", "timestamp:i", "sign"),
    envelope=("error", "message", "request_id"),
    payload="response",
    open_envelope=dict.fromkeys(_TOKEN_PATHS, _TOKEN),
)  # fmt: skip
