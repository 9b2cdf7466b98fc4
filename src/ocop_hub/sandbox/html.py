"""The look shared by the simulated storefronts: plain, for a phone first, marked as simulated."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from fastapi.responses import HTMLResponse

_STYLE = """
:root { --accent: %(accent)s; --ink: #1f2328; --soft: #5c6670; --line: #dfe3e6; --paper: #f6f7f5; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
       font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
a { color: inherit; }
.marked { background: #fff3cd; color: #4d3800; padding: .5rem 1rem; font-size: .9rem; text-align: center; }
header { background: var(--accent); color: #fff; }
header > div, main { max-width: 60rem; margin: 0 auto; padding: .9rem 1rem; }
header a { color: #fff; text-decoration: none; font-weight: 700; font-size: 1.15rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .6rem 0; }
.grid { display: grid; gap: .9rem; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); padding: 0; list-style: none; }
.card { background: #fff; border: 1px solid var(--line); border-radius: .6rem; overflow: hidden; height: 100%%; }
.card a { text-decoration: none; display: block; height: 100%%; }
.card div { padding: .6rem .7rem .8rem; }
.picture { display: grid; place-items: center; aspect-ratio: 1; width: 100%%; object-fit: cover;
           background: #e9eeea; color: #6b7a70; font-size: 3rem; font-weight: 700; }
.product { display: grid; gap: 1.2rem; background: #fff; border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; }
@media (min-width: 44rem) { .product { grid-template-columns: 20rem 1fr; } }
.thumbs { display: flex; gap: .4rem; flex-wrap: wrap; margin-top: .4rem; }
.thumbs img { width: 4rem; height: 4rem; object-fit: cover; border-radius: .3rem; border: 1px solid var(--line); }
.price { color: var(--accent); font-weight: 700; font-size: 1.15rem; }
.soft { color: var(--soft); font-size: .92rem; }
.description { white-space: pre-line; }
label { display: block; font-weight: 600; margin: 1rem 0 .3rem; }
input, textarea { width: 100%%; padding: .7rem; font: inherit; border: 1px solid #8a949c; border-radius: .4rem; background: #fff; }
textarea { min-height: 9rem; }
button, .button { display: inline-block; min-height: 3rem; padding: .7rem 1.3rem; border: 0; border-radius: .4rem; font: inherit;
         font-weight: 700; color: #fff; background: var(--accent); text-decoration: none; cursor: pointer; margin-top: 1rem; }
.quiet { background: none; color: #8d1c13; padding: .4rem .2rem; margin: 0; text-decoration: underline; font-weight: 400; }
.problem { background: #fdecea; color: #8d1c13; padding: .7rem .9rem; border-radius: .4rem; }
:focus-visible { outline: 3px solid #1b6fd0; outline-offset: 2px; }
"""


@dataclass(frozen=True, slots=True)
class Look:
    """One storefront: its name, its colour, the address of its first page."""

    name: str
    accent: str
    home: str


@dataclass(frozen=True, slots=True)
class Card:
    """One product on a storefront; ``picture`` is an address or empty."""

    href: str
    title: str
    price_vnd: int
    picture: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ProductView:
    """One product page."""

    title: str
    price_vnd: int
    description: str
    seller: str
    seller_href: str
    url: str
    sku: str
    stock: int
    pictures: Sequence[str] = ()


def dong(amount: int) -> str:
    """1.800.000 ₫"""
    return f"{amount:,}".replace(",", ".") + " ₫"


def page(look: Look, title: str, body: str, *, head: str = "", status: int = 200) -> HTMLResponse:
    """The whole page; ``body`` and ``head`` are HTML already."""
    return HTMLResponse(
        f"""<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>{escape(title)} – {escape(look.name)}</title>{head}
<style>{_STYLE % {"accent": look.accent}}</style></head>
<body><p class="marked" style="margin:0"><strong>Sàn mô phỏng</strong> – để thử, không phải sàn thật, không bán hàng.</p>
<header><div><a href="{escape(look.home)}">{escape(look.name)}</a></div></header>
<main>{body}</main></body></html>""",
        status,
    )


def missing(look: Look) -> HTMLResponse:
    """What a buyer sees where nothing is on sale."""
    back = f'<a class="button" href="{escape(look.home)}">Xem sản phẩm khác</a>'
    return page(
        look, "Không tìm thấy", f"<h1>Sản phẩm không tồn tại</h1><p>Có thể đã được gỡ.</p>{back}", status=404
    )


def _picture(address: str, title: str) -> str:
    if address:
        return f'<img class="picture" src="{escape(address)}" alt="{escape(title)}" loading="lazy">'
    return f'<span class="picture" aria-hidden="true">{escape(title[:1].upper())}</span>'


def cards(entries: Sequence[Card], nothing: str) -> str:
    """A grid of products, or the sentence ``nothing``."""
    if not entries:
        return f'<p class="soft">{escape(nothing)}</p>'
    return '<ul class="grid">' + "".join(_card(card) for card in entries) + "</ul>"


def _card(card: Card) -> str:
    note = f'<br><span class="soft">{escape(card.note)}</span>' if card.note else ""
    return (
        f'<li class="card"><a href="{escape(card.href)}">{_picture(card.picture, card.title)}'
        f'<div>{escape(card.title)}<br><span class="price">{dong(card.price_vnd)}</span>{note}</div></a></li>'
    )


def _json_ld(view: ProductView) -> str:
    data: Mapping[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": view.title,
        "sku": view.sku,
        "image": list(view.pictures),
        "offers": {
            "@type": "Offer",
            "price": view.price_vnd,
            "priceCurrency": "VND",
            "availability": "https://schema.org/" + ("InStock" if view.stock > 0 else "OutOfStock"),
            "seller": {"@type": "Organization", "name": view.seller},
        },
    }
    # "<" escaped so that no text can end the script element.
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def product(look: Look, view: ProductView) -> HTMLResponse:
    """A product page with schema.org and Open Graph data, as marketplaces give to search engines."""
    head = (
        f'<link rel="canonical" href="{escape(view.url)}">'
        f'<meta property="og:title" content="{escape(view.title)}">'
        f'<meta property="product:price:amount" content="{view.price_vnd}">'
        f'<script type="application/ld+json">{_json_ld(view)}</script>'
    )
    thumbs = "".join(f'<img src="{escape(one)}" alt="">' for one in view.pictures[1:])
    first = view.pictures[0] if view.pictures else ""
    stock = f"Còn {view.stock} sản phẩm" if view.stock > 0 else "Hết hàng"
    body = (
        f'<article class="product"><div>{_picture(first, view.title)}<div class="thumbs">{thumbs}</div></div>'
        f'<div><h1>{escape(view.title)}</h1><p class="price">{dong(view.price_vnd)}</p>'
        f'<p class="soft">{stock}</p>'
        f'<p>Gian hàng: <a href="{escape(view.seller_href)}">{escape(view.seller)}</a></p>'
        f'<p class="description">{escape(view.description)}</p></div></article>'
    )
    return page(look, view.title, body, head=head)
