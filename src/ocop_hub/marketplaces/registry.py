"""Which marketplaces there are, since when, and which adapter speaks with each.

Adding one: a module under ``adapters``, a line in ``ADAPTERS``, a row in ``MARKETPLACES``. An installation's own
come in by ``own``: a profile or a module outside of this package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib import import_module
from urllib.parse import urlsplit

import httpx

from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Marketplace, Unsupported
from ocop_hub.marketplaces.gateway import Clock, Gateway, Hosts
from ocop_hub.marketplaces.limits import Limiter

#: Makes an adapter.
Build = Callable[[Gateway, Hosts], Marketplace]

#: Key → "module:class", imported on first use, or what makes one (``own``). It is called with (gateway, hosts).
ADAPTERS: dict[str, str | Build] = {
    "postmart": "ocop_hub.marketplaces.adapters.postmart:Postmart",
    "voso": "ocop_hub.marketplaces.adapters.voso:Voso",
    "san_quang_ninh": "ocop_hub.marketplaces.adapters.san_quang_ninh:SanQuangNinh",
    "san_lao_cai": "ocop_hub.marketplaces.adapters.san_lao_cai:SanLaoCai",
    "shopee": "ocop_hub.marketplaces.adapters.shopee:Shopee",
    "tiki": "ocop_hub.marketplaces.adapters.tiki:Tiki",
    "facebook": "ocop_hub.marketplaces.adapters.link:Facebook",
    "zalo": "ocop_hub.marketplaces.adapters.link:Zalo",
    "youtube": "ocop_hub.marketplaces.adapters.link:YouTube",
    "tiktok": "ocop_hub.marketplaces.adapters.link:TikTok",
    "website": "ocop_hub.marketplaces.adapters.link:Website",
    "meta_catalogue": "ocop_hub.marketplaces.adapters.meta_catalogue:MetaCatalogue",
    "google_merchant": "ocop_hub.marketplaces.adapters.google_merchant:GoogleMerchant",
    "lazada": "ocop_hub.marketplaces.adapters.lazada:Lazada",
    "tiktok_shop": "ocop_hub.marketplaces.adapters.tiktok_shop:TikTokShop",
}


class Kind(StrEnum):
    """``FLOOR`` is a province's own marketplace; ``CHANNEL`` is never called "sàn" (glossary A)."""

    MARKETPLACE = "marketplace"
    FLOOR = "floor"
    CHANNEL = "channel"


class Status(StrEnum):
    ACTIVE = "active"
    UNKNOWN = "unknown"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Spell:
    """A status over [valid_from, valid_to); None means unbounded."""

    status: Status
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """A host under which the marketplace is found, over [valid_from, valid_to)."""

    host: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class MarketplaceFact:
    """One marketplace as dated data. ``counts_by_default``: stands in the usual coverage rule."""

    key: str
    name: str
    kind: Kind
    aliases: tuple[Alias, ...]
    spells: tuple[Spell, ...]
    counts_by_default: bool
    note: str = ""

    def status_on(self, day: date) -> Status:
        """The status in force on a business day; unknown where no spell says."""
        for spell in self.spells:
            if _within(day, spell.valid_from, spell.valid_to):
                return spell.status
        return Status.UNKNOWN

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host it ever had: old addresses are still pasted."""
        return tuple(alias.host for alias in self.aliases)


def _within(day: date, valid_from: date | None, valid_to: date | None) -> bool:
    return (valid_from is None or day >= valid_from) and (valid_to is None or day < valid_to)


def _always(status: Status = Status.ACTIVE) -> tuple[Spell, ...]:
    return (Spell(status),)


def _until(day: date) -> tuple[Spell, ...]:
    return (Spell(Status.ACTIVE, valid_to=day), Spell(Status.CLOSED, valid_from=day))


#: A row is only changed by a dated spell or alias: figures of the past read the same table.
_FACTS: tuple[MarketplaceFact, ...] = (
    MarketplaceFact(
        "postmart",
        "Postmart (Nông sản Bưu điện)",
        Kind.MARKETPLACE,
        (
            Alias("postmart.vn"),
            Alias("buudien.vn", valid_from=date(2024, 3, 31)),
            Alias("nongsan.buudien.vn", valid_from=date(2024, 3, 31)),
        ),
        _always(),
        counts_by_default=True,
        note="Đổi tên thành buudien.vn từ 31/3/2024; nông sản ở nongsan.buudien.vn.",
    ),
    MarketplaceFact(
        "voso",
        "Vỏ Sò",
        Kind.MARKETPLACE,
        (Alias("voso.vn"),),
        (Spell(Status.ACTIVE, valid_to=date(2024, 7, 1)), Spell(Status.UNKNOWN, valid_from=date(2024, 7, 1))),
        counts_by_default=True,
        note="Các nguồn nói khác nhau về việc sàn còn hoạt động; báo chí còn tính nửa đầu năm 2024.",
    ),
    MarketplaceFact(
        "shopee", "Shopee", Kind.MARKETPLACE, (Alias("shopee.vn"),), _always(), counts_by_default=True
    ),
    MarketplaceFact(
        "lazada", "Lazada", Kind.MARKETPLACE, (Alias("lazada.vn"),), _always(), counts_by_default=True
    ),
    MarketplaceFact(
        "tiktok_shop",
        "TikTok Shop",
        Kind.MARKETPLACE,
        (Alias("shop.tiktok.com"),),
        _always(),
        counts_by_default=True,
    ),
    MarketplaceFact("tiki", "Tiki", Kind.MARKETPLACE, (Alias("tiki.vn"),), _always(), counts_by_default=True),
    MarketplaceFact(
        "san_quang_ninh",
        "Sàn thương mại điện tử Quảng Ninh",
        Kind.FLOOR,
        (Alias("teqni.gov.vn"),),
        _always(),
        counts_by_default=True,
    ),
    MarketplaceFact(
        "san_lao_cai",
        "Sàn thương mại điện tử Lào Cai",
        Kind.FLOOR,
        (Alias("laocaitrade.vn"),),
        _always(),
        counts_by_default=True,
    ),
    MarketplaceFact(
        "sendo",
        "Sendo",
        Kind.MARKETPLACE,
        (Alias("sendo.vn"),),
        _until(date(2025, 4, 15)),
        counts_by_default=True,
        note="Sàn chung đóng ngày 15/4/2025; tin đăng rời tỷ lệ từ ngày đó.",
    ),
    MarketplaceFact(
        "zalo_shop",
        "Zalo Shop",
        Kind.MARKETPLACE,
        (Alias("zalo.me"),),
        _until(date(2024, 12, 1)),
        counts_by_default=True,
        note="Đóng từ 0 giờ ngày 01/12/2024.",
    ),
    MarketplaceFact(
        "facebook",
        "Facebook",
        Kind.CHANNEL,
        (Alias("facebook.com"), Alias("fb.com")),
        _always(),
        counts_by_default=False,
    ),
    MarketplaceFact(
        "youtube",
        "YouTube",
        Kind.CHANNEL,
        (Alias("youtube.com"), Alias("youtu.be")),
        _always(),
        counts_by_default=False,
    ),
    MarketplaceFact(
        "tiktok", "TikTok", Kind.CHANNEL, (Alias("tiktok.com"),), _always(), counts_by_default=False
    ),
    MarketplaceFact(
        "meta_catalogue",
        "Danh mục Facebook và Instagram",
        Kind.CHANNEL,
        (),
        _always(),
        counts_by_default=False,
        note="Quảng cáo và cửa hàng của Meta; người mua được dẫn về trang của chủ thể.",
    ),
    MarketplaceFact(
        "google_merchant",
        "Google Merchant",
        Kind.CHANNEL,
        (),
        _always(),
        counts_by_default=False,
        note="Kết quả mua sắm của Google; người mua được dẫn về trang của chủ thể.",
    ),
    MarketplaceFact("zalo", "Zalo", Kind.CHANNEL, (Alias("zalo.me"),), _always(), counts_by_default=False),
    MarketplaceFact("website", "Trang web riêng", Kind.CHANNEL, (), _always(), counts_by_default=False),
)

MARKETPLACES: dict[str, MarketplaceFact] = {fact.key: fact for fact in _FACTS}


def marketplace_of(url: str, day: date | None = None) -> MarketplaceFact | None:
    """The marketplace whose host a pasted address has; one open on ``day`` (default today) comes first."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    when = day if day is not None else clock.today()
    found = [
        fact
        for fact in MARKETPLACES.values()
        if any(host == name or host.endswith("." + name) for name in fact.hosts)
    ]
    found.sort(key=lambda fact: fact.status_on(when) is Status.CLOSED)
    return found[0] if found else None


def get(
    key: str,
    client: httpx.AsyncClient,
    hosts: Hosts | None = None,
    *,
    limiter: Limiter | None = None,
    now: Clock = clock.now,
) -> Marketplace:
    """The adapter of a marketplace, ready to call.

    ``client`` belongs to the caller, who closes it. Raises :class:`Unsupported` where no adapter exists.
    """
    if key not in ADAPTERS:
        name = MARKETPLACES[key].name if key in MARKETPLACES else key
        raise Unsupported(f"Chưa có cách đăng cho {name}; hãy dán đường dẫn của tin đăng.", sent=False)
    return _build(ADAPTERS[key])(
        Gateway(client, key, limiter=limiter, now=now), hosts if hosts is not None else Hosts()
    )


def _build(entry: str | Build) -> Build:
    if not isinstance(entry, str):
        return entry
    module, _, attribute = entry.partition(":")
    build: Build = getattr(import_module(module), attribute)
    return build
