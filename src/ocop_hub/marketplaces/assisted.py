"""What marketplaces without an interface have in common: a person enters the product, we check the page.

An adapter names its hosts, the shape of a product's address and its steps; everything else is here. What is
confirmed of each and what is assumed: docs/marketplaces/.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from ocop_hub.marketplaces import checks, pages
from ocop_hub.marketplaces.contract import (
    Capabilities,
    Grant,
    Item,
    ItemPage,
    ListingDraft,
    Mode,
    NeedsPerson,
    Observation,
    Pack,
    Page,
    PageMatch,
    Picture,
    Push,
    PushPage,
    PushRequest,
    Reason,
    Shop,
    Unsupported,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts
from ocop_hub.marketplaces.packs import picture_files

#: Parameters that say where a visitor came from, not what stands on the page.
TRACKING = re.compile(r"utm_.*|fbclid|gclid|zarsrc|ref|source")
#: A pasted address beyond this is none of a product.
MAX_ADDRESS = 500


class AssistedMarket(ABC):
    """Base of the assisted adapters; a subclass gives the class attributes and may say more in its steps."""

    key: str
    name: str
    capabilities: Capabilities = Capabilities(mode=Mode.ASSISTED, checks_links=True)

    #: The documented host, and every host that was ever printed or pasted.
    PUBLIC_BASE: ClassVar[str]
    PUBLIC_HOSTS: ClassVar[tuple[str, ...]]
    #: The path of a product page with the number in its first group.
    PRODUCT_PATH: ClassVar[re.Pattern[str]]
    #: The address of a product known by number alone; the words before the number are the site's.
    NUMBERED_PATH: ClassVar[str]

    def __init__(self, gateway: Gateway, hosts: Hosts) -> None:
        # The gateway is every adapter's first argument; these have nothing to send.
        self._gateway = gateway
        self.public_base = (hosts.public_base or self.PUBLIC_BASE).rstrip("/")

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        """What a person would be missing at the entry form. The sites' own limits are not published."""
        asked = (checks.title, checks.description, checks.price, checks.picture)
        return checks.reasons(check(draft) for check in asked)

    def public_url(self, shop: Shop, remote_id: str) -> str:
        """By number alone. Where a pasted address is known, prefer that."""
        return self.public_base + self.NUMBERED_PATH.format(remote_id)

    def match_url(self, url: str) -> str:
        path = pages.path_under(url, self.public_base, self.PUBLIC_HOSTS)
        found = self.PRODUCT_PATH.fullmatch(path) if path is not None else None
        return found[1] if found is not None else ""

    def match_page(self, page: Page, draft: ListingDraft, shop: Shop) -> PageMatch:
        return pages.observe(page, draft, shop, remote_id=self.match_url(page.url))

    def fields(self, draft: ListingDraft) -> tuple[tuple[str, str], ...]:
        """(label, text) in the order a seller meets them, empty ones included: the columns of the sheet."""
        return (
            ("Tên sản phẩm", draft.title),
            ("Nhóm sản phẩm", draft.group_name or draft.group),
            ("Giá bán (đồng)", str(draft.price_vnd)),
            ("Đơn vị tính", draft.unit),
            ("Khối lượng (gam)", str(draft.weight_g or "")),
            ("Số lượng", str(draft.stock)),
            ("Mô tả", draft.description),
            ("Thương hiệu", draft.brand),
            ("Mã sản phẩm của người bán", draft.seller_sku),
            ("Mã vạch", draft.gtin),
            ("Nơi sản xuất", ", ".join(part for part in (draft.producer_name, draft.place_name) if part)),
            ("Hạng sao OCOP", f"{draft.stars} sao" if draft.stars else ""),
            ("Đường dẫn truy xuất nguồn gốc", draft.trace_url),
            *draft.attributes.items(),
        )

    def pack(self, draft: ListingDraft) -> Pack:
        """The fields that say something, the photos in order, the steps."""
        files = picture_files(draft.pictures, draft.title)
        said = tuple((label, text) for label, text in self.fields(draft) if text)
        return Pack(files, said, self.steps(len(files)))

    def steps(self, pictures: int) -> tuple[str, ...]:
        """What the person does, in order."""
        return (
            self.first_step(),
            "Chọn thêm sản phẩm mới.",
            "Sao chép từng mục theo đúng thứ tự trong bộ hồ sơ; mục nào sàn không có thì bỏ qua.",
            f"Tải lên {pictures} ảnh theo thứ tự tên tệp; ảnh 01 làm ảnh đại diện.",
            "Lưu và chờ sàn cho hiển thị.",
            "Mở trang sản phẩm trên sàn, sao chép đường dẫn và dán vào ô “Đường dẫn trên sàn” để được kiểm tra.",
        )

    @abstractmethod
    def first_step(self) -> str:
        """How to get in, and whom to ask."""

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        raise NeedsPerson(
            f"Tải bộ hồ sơ, đăng sản phẩm lên {self.name} theo hướng dẫn, rồi dán đường dẫn.", sent=False
        )

    def _by_hand(self) -> Unsupported:
        text = f"{self.name} chưa có giao diện cho phần mềm; việc này làm bằng tay."
        return Unsupported(text, sent=False)

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        raise self._by_hand()

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        raise self._by_hand()

    async def refresh(self, shop: Shop) -> Grant:
        raise self._by_hand()

    def read_push(self, request: PushRequest) -> tuple[Push, ...]:
        raise self._by_hand()

    async def pull_pushes(self, shop: Shop, cursor: str = "") -> PushPage:
        raise self._by_hand()

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
        raise self._by_hand()

    async def upload_picture(self, shop: Shop, picture: Picture) -> str:
        raise self._by_hand()

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation:
        raise self._by_hand()

    async def unlist(self, shop: Shop, remote_id: str) -> Observation:
        raise self._by_hand()

    async def relist(self, shop: Shop, remote_id: str) -> Observation:
        raise self._by_hand()

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        raise self._by_hand()

    async def status(self, shop: Shop, remote_id: str) -> Observation:
        raise self._by_hand()


class LooselyAddressed(AssistedMarket):
    """For a site whose product addresses are not documented: any of its pages may be one.

    The remote id is the address itself below the host (path, and the query without tracking). That the page
    really shows the product is decided by the page, never by the address.
    """

    #: Folders known to hold something else.
    OTHER_PAGES: ClassVar[tuple[str, ...]] = ()

    def public_url(self, shop: Shop, remote_id: str) -> str:
        path, mark, query = remote_id.partition("?")
        return f"{self.public_base}/{quote(path)}{mark}{query}"

    def match_url(self, url: str) -> str:
        path = pages.path_under(url, self.public_base, self.PUBLIC_HOSTS)
        if path is None or path.startswith(self.OTHER_PAGES):
            return ""
        return loose_id(path, urlsplit(url.strip()).query)


def loose_id(path: str, query: str) -> str:
    """A page's decoded path and its query without tracking, as an id; empty where the id could not lead back."""
    kept = [pair for pair in parse_qsl(query) if not TRACKING.fullmatch(pair[0].lower())]
    remote_id = path.strip("/") + ("?" + urlencode(kept) if kept else "")
    same = "?" not in path and unquote(path) == path
    return remote_id if same and remote_id.isprintable() and len(remote_id) <= MAX_ADDRESS else ""
