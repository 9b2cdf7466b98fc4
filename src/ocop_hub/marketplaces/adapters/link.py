"""Channels beside the marketplaces (kênh khác): pages, videos and own websites, known by their link alone.

They are outside of the percentage unless a rule says so. What is fetched and held against the product is the page
that the person shared it on; sites that refuse robots are looked at by an officer instead. docs/marketplaces/link.md.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, unquote, urlsplit

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces import pages
from ocop_hub.marketplaces.assisted import LooselyAddressed, loose_id
from ocop_hub.marketplaces.contract import ListingDraft, ListingState, Page, PageMatch, Shop


class Channel(LooselyAddressed):
    """One kind of page. A post rarely names its seller or price: the product's name or its trace link is enough."""

    def match_page(self, page: Page, draft: ListingDraft, shop: Shop) -> PageMatch:
        match = pages.observe(page, draft, shop, remote_id=self.match_url(page.url), shop_matches=True)
        if match.matches or page.status != 200 or not match.observation.remote_id:
            return match
        named = fold(draft.title) in fold(page.text) or (draft.trace_url and draft.trace_url in page.text)
        if not named:
            return match
        seen = replace(match.observation, state=ListingState.LIVE, raw_state="page names the product")
        return PageMatch(matches=True, observation=seen, checks={**match.checks, "title": True})

    def steps(self, pictures: int) -> tuple[str, ...]:
        return (
            self.first_step(),
            "Tạo bài mới, dán phần chữ đã soạn sẵn.",
            f"Tải lên {pictures} ảnh theo thứ tự tên tệp.",
            "Giữ nguyên đường dẫn truy xuất trong bài để người mua xem được nguồn gốc.",
            "Đăng bài, sao chép đường dẫn của bài và dán vào ô “Đường dẫn” để được kiểm tra.",
        )

    def first_step(self) -> str:
        return f"Mở {self.name} và đăng nhập trang của bạn."


class Facebook(Channel):
    key = "facebook"
    name = "Facebook"
    PUBLIC_BASE = "https://www.facebook.com"
    PUBLIC_HOSTS = ("facebook.com", "www.facebook.com", "m.facebook.com", "fb.com", "www.fb.com")


class Zalo(Channel):
    """Zalo OA and what is shared from it; Zalo Shop closed and is another row."""

    key = "zalo"
    name = "Zalo"
    PUBLIC_BASE = "https://zalo.me"
    PUBLIC_HOSTS = ("zalo.me", "www.zalo.me", "oa.zalo.me")


class YouTube(Channel):
    key = "youtube"
    name = "YouTube"
    PUBLIC_BASE = "https://www.youtube.com"
    PUBLIC_HOSTS = ("youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be")


class TikTok(Channel):
    """Videos; TikTok Shop is a marketplace of its own."""

    key = "tiktok"
    name = "TikTok"
    PUBLIC_BASE = "https://www.tiktok.com"
    PUBLIC_HOSTS = ("tiktok.com", "www.tiktok.com", "m.tiktok.com", "vt.tiktok.com")


class Website(Channel):
    """The producer's own site: any host, so the id is the whole address; one site only where the operator names it."""

    key = "website"
    name = "Trang web riêng"
    PUBLIC_BASE = ""
    PUBLIC_HOSTS = ()

    def public_url(self, shop: Shop, remote_id: str) -> str:
        if self.public_base:
            return super().public_url(shop, remote_id)
        host, _, rest = remote_id.partition("/")
        path, mark, query = rest.partition("?")
        return f"https://{host}/{quote(path)}{mark}{query}"

    def match_url(self, url: str) -> str:
        if self.public_base:
            return super().match_url(url)
        try:
            given = urlsplit(url.strip())
            host, port = given.hostname or "", given.port
        except ValueError:
            return ""
        if given.scheme not in ("http", "https") or "." not in host or port not in (None, 80, 443):
            return ""
        rest = loose_id(unquote(given.path), given.query)
        return f"{host}/{rest}" if rest else ""
