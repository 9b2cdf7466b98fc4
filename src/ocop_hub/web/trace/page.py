"""The buyer's page and the pages that say why there is none: from what traceability tells to HTML."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from ocop_hub.media import THUMBNAIL_EDGES
from ocop_hub.traceability.details import Measure
from ocop_hub.traceability.epcis.links import LinkKind
from ocop_hub.traceability.scans.page_slots import LINE_MARK, PATH_MARK
from ocop_hub.traceability.scans.path import ScanHandler, mount_scan
from ocop_hub.traceability.scans.resolver import Fault, FaultKind, Language
from ocop_hub.traceability.scans.serial_check import SerialLine, SerialState
from ocop_hub.traceability.story.events import StoryEvent, StoryPaper, paper_path
from ocop_hub.traceability.story.page import (
    NoticeKind,
    StoryCertificate,
    StoryLot,
    StoryPhoto,
    StoryProduct,
    TraceStory,
)
from ocop_hub.traceability.story.passport import page_data
from ocop_hub.web.format import Lang, moment, number, weight
from ocop_hub.web.goods import ISSUERS
from ocop_hub.web.i18n import BUYER_LANGUAGES, N_, translate
from ocop_hub.web.render import render

__all__ = ["ScanHandler", "mount_scan", "render_fault", "render_serial", "render_story"]

#: The page and its first picture stay under 50 KB over the wire: the smallest copy is taken.
PHOTO_EDGE: Final = min(THUMBNAIL_EDGES)

_NOTICES: Final = {
    NoticeKind.LOT_NOT_PUBLISHED: N_(
        "Chưa có thông tin về lô ghi trên tem: có thể nơi sản xuất chưa công bố. "
        "Dưới đây là thông tin chung của sản phẩm."
    ),
    NoticeKind.DATABASE_AWAY: N_(
        "Hệ thống đang gián đoạn. Dưới đây là thông tin đọc được lần gần nhất; hãy mở lại trang sau 5 phút."
    ),
}

_TITLES: Final = {
    FaultKind.TOO_LONG: N_("Đường dẫn quá dài"),
    FaultKind.MALFORMED: N_("Mã trên tem chưa đúng"),
    FaultKind.OTHER_KEY: N_("Loại mã này chưa có trang"),
    FaultKind.UNKNOWN: N_("Chưa có sản phẩm mang mã này"),
    FaultKind.TOO_MANY: N_("Đang có quá nhiều mã lạ được hỏi"),
    FaultKind.NO_SUCH_LINK: N_("Không có đường dẫn loại này"),
    FaultKind.AWAY: N_("Hệ thống đang gián đoạn"),
}

_DETAILS: Final = {
    FaultKind.TOO_LONG: N_("Đường dẫn vừa mở dài hơn mọi mã có thể in trên tem."),
    FaultKind.MALFORMED: N_("Mã trong đường dẫn thiếu, thừa hoặc sai ký tự nên không tra được."),
    FaultKind.OTHER_KEY: N_("Ở đây chỉ tra được mã sản phẩm (GTIN) và mã truy xuất của tem."),
    FaultKind.UNKNOWN: N_("Mã này đúng cách viết nhưng không thuộc sản phẩm nào trong hệ thống."),
    FaultKind.TOO_MANY: N_("Mã này không thuộc sản phẩm nào, và nhiều mã như vậy đang được hỏi cùng lúc."),
    FaultKind.NO_SUCH_LINK: N_("Sản phẩm này chưa có đường dẫn thuộc loại được hỏi."),
    FaultKind.AWAY: N_("Chưa đọc được thông tin của sản phẩm này."),
}

_ADVICE: Final = {
    FaultKind.TOO_LONG: N_("Hãy quét lại mã QR trên tem."),
    FaultKind.MALFORMED: N_("Hãy quét lại mã QR, hoặc gõ lại mã in dưới tem. Số lô không có dấu."),
    FaultKind.OTHER_KEY: N_("Hãy quét mã QR truy xuất in trên tem."),
    FaultKind.UNKNOWN: N_("Hãy quét lại. Nếu vẫn vậy, hãy hỏi nơi bán tem này từ đâu."),
    FaultKind.TOO_MANY: N_("Hãy quét lại sau 10 giây."),
    FaultKind.NO_SUCH_LINK: N_("Hãy mở trang truy xuất của sản phẩm."),
    FaultKind.AWAY: N_("Hãy mở lại trang sau 5 phút. Lượt quét này không bị tính."),
}

#: A reading as a page tells it, and the unit it is kept in.
_READINGS: Final = {
    Measure.TEMPERATURE: (N_("Nhiệt độ %(value)s"), " °C"),
    Measure.HUMIDITY: (N_("Độ ẩm %(value)s"), "%"),
}

#: What another party's record names by address; it leads out of the installation.
_LINKS: Final = {
    LinkKind.CERTIFICATE: N_("Giấy chứng nhận ở %(host)s"),
    LinkKind.DOCUMENT: N_("Tài liệu ở %(host)s"),
}

#: Stand in the words about a serial for what differs from label to label: characters that no text of ours holds.
_CODE, _COUNT, _FIRST = "\ue000", "\ue001", "\ue002"

#: Where a buyer says what is wrong.
REPORT: Final = "/bao-van-de"

_RECALL_ADVICE: Final = N_(
    "Không dùng sản phẩm của lô này. Hãy mang lại nơi bán hoặc liên hệ nơi sản xuất để được đổi, trả."
)


def render_story(story: TraceStory, lang: Lang, *, public_url: str = "") -> bytes:
    """The buyer's page of a product or a lot, in UTF-8. ``public_url``: the host that labels are printed with."""
    return render("trace/page.html", context(story, lang, public_url=public_url), lang=lang).encode()


def render_serial(line: SerialLine, lang: Lang) -> bytes:
    """The line about one label's serial, to be put into the kept page."""
    said = _serial_words(line.state, min(line.scans, 2), lang)
    if line.scans > 1:
        said = said.replace(_COUNT, number(line.scans, lang=lang))
        said = said.replace(_FIRST, moment(line.first_scan_at, lang=lang))
    return said.replace(_CODE, escape(line.code)).encode()


@lru_cache
def _serial_words(state: SerialState, looks: int, lang: Lang) -> str:
    """The line without what differs from label to label. Rendered once: it cost a quarter of a look."""
    serial = {"state": state.value, "code": _CODE, "looks": looks, "count": _COUNT, "first": _FIRST}
    return render("trace/serial.html", {"serial": serial}, lang=lang)


def render_fault(fault: Fault, lang: Lang, addresses: Mapping[Language, str] = MappingProxyType({})) -> bytes:
    """The page that says why there is none, and what to do; ``addresses``: the same page by language."""
    values = {
        "place": "",
        "lang_links": addresses,
        "title": translate(lang, _TITLES[fault.kind]),
        # The code's own rule speaks Vietnamese only; it says which character or digit is wrong.
        "detail": (fault.detail if lang == "vi" else "") or translate(lang, _DETAILS[fault.kind]),
        "what_to_do": translate(lang, _ADVICE[fault.kind]),
        "asked": fault.asked[:100],
        "page_href": fault.page,
    }
    return render("trace/fault.html", values, lang=lang).encode()


def context(story: TraceStory, lang: Lang, *, public_url: str = "") -> dict[str, Any]:
    """What ``trace/page.html`` expects, as its head says."""
    serial = PATH_MARK if story.lot is not None else ""
    return {
        "place": story.producer.place,
        "lang_links": {each: f"/p/{each}{story.path}{serial}" for each in BUYER_LANGUAGES},
        "product": _product(story.product, lang),
        "producer": {
            "name": story.producer.name,
            "kind": story.producer.kind.value,
            "place": ", ".join(filter(None, (story.producer.address, story.producer.place))),
            "phone": story.producer.phone,
        },
        "certificate": _certificate(story.certificate, lang) if story.certificate is not None else None,
        "lot": _lot(story.lot, lang) if story.lot is not None else None,
        "events": [event_told(each, lang) for each in story.events],
        "shops": [
            {"marketplace_name": shop.title, "account_name": "", "href": shop.href} for shop in story.shops
        ],
        "report_href": f"{REPORT}?lang={lang}&tem={story.path}{serial}",
        "share_href": f"{public_url}{story.path}{serial}",
        "host": urlsplit(public_url).netloc,
        "gtin": story.product.gtin,
        "serial_slot": Markup(LINE_MARK) if story.lot is not None else "",  # noqa: S704  # our own constant
        # Escaped for a data block by page_data itself; the template would escape the quotes too.
        "data": Markup(page_data(story)),  # noqa: S704 - see above
        "passport_href": f"/p/dpp{story.path}",
        "notice": translate(lang, _NOTICES[story.notice]) if story.notice is not None else "",
    }


def _product(product: StoryProduct, lang: Lang) -> dict[str, Any]:
    return {
        "name": _said(product, "name", lang),
        "group": product.group_vi,
        "variant": weight(product.net_weight_g, lang=lang) if product.net_weight_g else "",
        "picture": _picture(product.photo) if product.photo is not None else None,
        "description": _said(product, "description", lang),
        "ingredients": _said(product, "ingredients", lang),
        "warnings": _said(product, "warnings", lang),
        "story": _said(product, "story", lang),
        "storage": _said(product, "storage", lang),
        "shelf_life": _said(product, "shelf_life", lang),
        "declaration_number": product.declaration_number,
    }


def _said(product: StoryProduct, name: str, lang: Lang) -> dict[str, str]:
    told = product.said(name, lang)
    return {"text": told.text, "lang": told.language}


def event_told(event: StoryEvent, lang: Lang) -> dict[str, Any]:
    """One step of a lot's way as templates show it."""
    readings = [reading(measure, value, lang) for measure, value in event.readings]
    return {
        "kind": event.kind.value,
        "at": event.at,
        "place": event.place,
        "text": event.text,
        "facts": ([event.amount] if event.amount else []) + readings,
        "inspector": event.inspector,
        "test_number": event.test_number,
        "inputs": [{"code": each.code, "href": each.path} for each in event.inputs],
        "pictures": [_shot(each) for each in event.papers if each.is_picture],
        "papers": [
            {"href": paper_path(each), "title": each.title} for each in event.papers if not each.is_picture
        ],
        "links": [
            {
                "href": each.href,
                "text": translate(lang, _LINKS[each.kind], host=each.host),
                "title": each.title,
            }
            for each in event.links
        ],
        "corrected": event.corrected,
    }


def reading(measure: Measure, value: Decimal, lang: Lang) -> str:
    """What a sensor showed, with its unit."""
    text, unit = _READINGS[measure]
    return translate(lang, text, value=number(value, lang=lang) + unit)


def _shot(paper: StoryPaper) -> dict[str, str]:
    address = paper_path(paper)
    return {
        "src": f"{address}?w={PHOTO_EDGE}",
        "href": f"{address}?w={max(THUMBNAIL_EDGES)}",
        "alt": paper.title,
    }


def _picture(photo: StoryPhoto) -> dict[str, Any]:
    scale = min(1.0, PHOTO_EDGE / max(photo.width, photo.height))
    return {
        "src": f"/media/{photo.key}?w={PHOTO_EDGE}",
        "width": round(photo.width * scale),
        "height": round(photo.height * scale),
    }


def _certificate(certificate: StoryCertificate, lang: Lang) -> dict[str, Any]:
    return {
        "issuer": certificate.issuer_name or translate(lang, ISSUERS[certificate.issuer_level]),
        "number": certificate.number,
        "stars": certificate.stars,
        "proposed_five": certificate.proposed_five,
        "state": certificate.state.value,
        "valid_until": certificate.valid_until,
        "decision_number": certificate.decision_number,
        "decision_day": certificate.decision_day,
    }


def _lot(lot: StoryLot, lang: Lang) -> dict[str, Any]:
    recall = None
    if lot.recall is not None:
        recall = {
            "reason": lot.recall.reason,
            "on": lot.recall.on,
            "what_to_do": translate(lang, _RECALL_ADVICE),
        }
    return {
        "code": f"{lot.code} ({lot.display_name})" if lot.display_name else lot.code,
        "state": lot.state.value,
        "packed_on": lot.packed_at,
        "packed_place": lot.packed_place,
        "best_before": lot.best_before,
        "expired": lot.expired,
        "recall": recall,
    }
