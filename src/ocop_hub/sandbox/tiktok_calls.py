"""The calls of the TikTok-Shop-like interface, for its document."""

from __future__ import annotations

from ocop_hub.sandbox.calls import Described, Interface

_PRODUCT = (
    "title", "description", "category_id", "category_version?", "brand_id?", "main_images:a", "package_weight:o",
    "package_dimensions:o?", "product_attributes:a?", "skus:a",
)  # fmt: skip
_TOKENS = (
    "access_token",
    "access_token_expire_in:i",
    "refresh_token",
    "refresh_token_expire_in:i",
    "open_id",
)

TIKTOK_SHOP = Interface(
    "tiktok_shop",
    "TikTok Shop",
    "Signed are path, sorted query names and values, and the body's bytes, between two copies of the secret: "
    "HMAC-SHA256, lower-case hex; the token goes in x-tts-access-token. An answer is good when code is 0.",
    (
        Described("GET", "/api/v2/token/get", "Tokens for a code; …_expire_in are moments",
                  query=("app_key", "app_secret", "auth_code", "grant_type"), answer=_TOKENS),
        Described("GET", "/api/v2/token/refresh", "New tokens for a refresh token, once",
                  query=("app_key", "app_secret", "refresh_token", "grant_type"), answer=_TOKENS),
        Described("GET", "/authorization/202309/shops", "The shops a token opens, each with its cipher",
                  answer=("shops:a",)),
        Described("POST", "/product/202309/images/upload", "Keep a picture", form=("use_case?",), file="data",
                  answer=("uri", "url", "width:i", "height:i")),
        Described("GET", "/product/202309/categories", "Categories",
                  query=("shop_cipher", "category_version", "locale?"), answer=("categories:a",)),
        Described("POST", "/product/202309/categories/recommend", "The leaf category that suits a product",
                  query=("shop_cipher",),
                  json=("product_title", "description?", "category_version", "locale?"),
                  answer=("leaf_category_id",)),
        Described("GET", "/product/202309/categories/{category_id}/attributes", "Attributes of a category",
                  query=("shop_cipher", "category_version", "locale?"), answer=("attributes:a",)),
        Described("GET", "/product/202309/brands", "Registered brands by name",
                  query=("shop_cipher", "brand_name?", "category_id?", "category_version", "page_size:i"),
                  answer=("brands:a",)),
        Described("GET", "/logistics/202309/warehouses", "Warehouses of the shop", query=("shop_cipher",),
                  answer=("warehouses:a",)),
        Described("POST", "/product/202309/products/listing_check", "Check a product without creating it",
                  query=("shop_cipher",), json=_PRODUCT, answer=("check_result", "fail_reasons:a")),
        Described("POST", "/product/202309/products", "Create a product; its audit begins",
                  query=("shop_cipher",),
                  json=("save_mode", "is_cod_allowed:b?", "external_product_id?", *_PRODUCT),
                  answer=("product_id", "skus:a", "warnings:a?")),
        Described("POST", "/product/202509/products/{product_id}/partial_edit",
                  "Replace whole top-level properties; the product is audited again", query=("shop_cipher",),
                  json=tuple(f"{name.removesuffix('?')}?" for name in _PRODUCT), answer=("product_id",)),
        Described("POST", "/product/202309/products/{product_id}/prices/update",
                  "Prices of a product on sale, without an audit", query=("shop_cipher",), json=("skus:a",),
                  answer=("errors:a?",)),
        Described("POST", "/product/202309/products/{product_id}/inventory/update",
                  "Stock of a product, without an audit", query=("shop_cipher",), json=("skus:a",),
                  answer=("errors:a?",)),
        Described("POST", "/product/202309/products/deactivate", "Take at most 20 products off sale",
                  query=("shop_cipher",), json=("product_ids:a",), answer=("errors:a?",)),
        Described("POST", "/product/202309/products/activate", "Put products up again; they are audited again",
                  query=("shop_cipher",), json=("product_ids:a",), answer=("errors:a?",)),
        Described("GET", "/product/202309/products/{product_id}", "One product with status, audit and reasons",
                  query=("shop_cipher",),
                  answer=("id", "status", "title", "description", "main_images:a", "skus:a", "audit:o",
                          "audit_failed_reasons:a?", "category_chains:a", "package_weight:o")),
        Described("POST", "/product/202502/products/search", "Products of the shop, or those with given SKUs",
                  query=("shop_cipher", "page_size:i", "page_token?"), json=("status?", "seller_skus:a?"),
                  answer=("products:a", "next_page_token", "total_count:i")),
    ),
    common=("app_key", "timestamp:i", "sign"),
    headers=("x-tts-access-token",),
    open_paths=frozenset({"/api/v2/token/get", "/api/v2/token/refresh"}),
    envelope=("code:i", "message", "request_id"),
    payload="data",
)  # fmt: skip
