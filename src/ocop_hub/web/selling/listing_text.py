"""What a listing's state means to the clerk, in the glossary's sentences (table B)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from ocop_hub.desk.board import BoardRow
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.marketplaces.pages import REFUSES_ROBOTS
from ocop_hub.publishing.models import AccountState, Listing, ShopItem
from ocop_hub.publishing.stalls.matching import Ground
from ocop_hub.web.format import Lang, day, moment
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.refusals import told

_SENTENCES: Final = {
    ListingState.NONE: N_("Sản phẩm chưa được đưa lên sàn này."),
    ListingState.PREPARING: N_("Hệ thống đang chuẩn bị nội dung."),
    ListingState.SUBMITTED: N_("Đã gửi lúc %(when)s, chờ sàn trả lời."),
    ListingState.IN_REVIEW: N_("Sàn đang duyệt. Bạn không cần làm gì."),
    ListingState.LIVE: N_("Khách xem được tại %(link)s. Kiểm tra lúc %(when)s."),
    ListingState.NEEDS_PERSON: N_("Bước tiếp theo: %(reason)s"),
    ListingState.REJECTED: N_("Sàn trả lại vì: %(reason)s"),
    ListingState.SUSPENDED: N_("Sàn tạm khóa từ %(since)s."),
    ListingState.UNLISTED: N_("Gỡ xuống từ %(since)s."),
    ListingState.DELETED: N_("Không tìm thấy trên sàn từ %(since)s."),
    ListingState.UNKNOWN: N_("Lần cuối thấy trên sàn: %(last_live)s. Sàn đang báo: “%(raw)s”."),
}
_NOT_SENT: Final = N_("Chưa gửi lên sàn: %(reason)s")
_OFFICER_LOOKS: Final = N_("%(reason)s Cán bộ sẽ mở trang, xem và ghi nhận; bạn không cần làm gì.")
_OUT_OF_STOCK: Final = N_("Sản phẩm còn trên sàn nhưng hết hàng.")
_READING: Final = N_("Hệ thống đang đọc gian hàng. Đọc xong, bạn đưa sản phẩm lên được.")
_ANSWER_FIRST: Final = N_("Gian hàng có mục chờ bạn xác nhận. Xác nhận xong, hệ thống mới đăng.")
_SIGN_IN: Final = N_("Cần đăng nhập lại gian hàng.")
_UNVERIFIED: Final = N_("Đã nhận đường dẫn lúc %(when)s, đang chờ kiểm tra.")

_BECAUSE: Final = {
    Ground.SKU: N_("trùng mã sản phẩm của người bán"),
    Ground.GTIN: N_("trùng mã GTIN"),
    Ground.NAME: N_("tên giống"),
    Ground.PRICE: N_("giá gần bằng"),
    Ground.PICTURE: N_("ảnh giống"),
}


def because(item: ShopItem, lang: Lang) -> str:
    """Why an item of a stall may be the product it was matched with; empty where it was not."""
    return ", ".join(translate(lang, text) for ground, text in _BECAUSE.items() if ground in item.grounds)


def sentence(row: BoardRow, lang: Lang) -> str:
    """The sentence under the badge."""
    if row.account is not None and row.account.state is AccountState.NEEDS_SIGN_IN:
        return translate(lang, _SIGN_IN)
    listing = row.listing
    if listing is None or listing.state in (ListingState.NONE, ListingState.PREPARING):
        return translate(lang, _before_creating(row, listing))
    if listing.state is ListingState.LIVE and listing.out_of_stock:
        return translate(lang, _OUT_OF_STOCK)
    if listing.state is ListingState.LIVE and not listing.public_url:
        return translate(lang, _UNVERIFIED, when=moment(listing.observed_at, lang=lang))
    if listing.state is ListingState.UNKNOWN and listing.raw_state == REFUSES_ROBOTS:
        return translate(lang, _OFFICER_LOOKS, reason=told(listing.reason, lang))
    text = _NOT_SENT if listing.not_sent else _SENTENCES[listing.state]
    return translate(lang, text, **_places(row, listing, lang))


def _before_creating(row: BoardRow, listing: Listing | None) -> str:
    if row.account is not None and row.account.state is AccountState.NEEDS_ANSWERS:
        return _READING if row.account.items_read_at is None else _ANSWER_FIRST
    return _SENTENCES[ListingState.NONE if listing is None else listing.state]


def _places(row: BoardRow, listing: Listing, lang: Lang) -> dict[str, str]:
    return {
        "when": moment(listing.observed_at, lang=lang),
        "link": (urlsplit(listing.public_url).netloc or row.marketplace_name),
        "since": day(row.since, lang=lang),
        "last_live": day(row.last_live, lang=lang),
        "reason": told(listing.reason, lang) or "–",
        "raw": listing.raw_state or "–",
    }
