"""Made-up contexts for every page template: the shapes that each template's first comment promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from markupsafe import Markup
from tests.web import samples_people

from ocop_hub.web.desk.product_steps import BY_SLUG, asked
from ocop_hub.web.seo import CardPicture, PublicPage
from ocop_hub.web.shell import Link, Notice, Shell, SignedIn, Site

NOW = datetime(2026, 9, 30, 3, 5, tzinfo=UTC)
TODAY = date(2026, 9, 30)
SITE = Site("Quảng Ninh", office="Văn phòng Điều phối Nông thôn mới", demo=True)
LANGS = {"vi": "?lang=vi", "en": "?lang=en"}
FOOT = (Link("Cách tính tỷ lệ", "/province/method"), Link("Dữ liệu mở", "/api/v1"))
QR = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"

PRODUCER_SHELL = Shell(
    SITE,
    user=SignedIn("Nguyễn Thị Hòa", "Chủ thể"),
    nav=(
        Link("Sản phẩm", "/desk", current=True),
        Link("Tem và lô", "/desk/lots"),
        Link("Gian hàng", "/desk/stalls"),
    ),
    notices=(Notice("Đã gửi Trứng vịt biển Đồng Rui lên Postmart."),),
    foot=FOOT,
    csrf="c5rf",
    lang_links=LANGS,
)
OFFICER_SHELL = Shell(
    SITE,
    user=SignedIn("Trần Văn Minh", "Cán bộ cấp tỉnh"),
    nav=(
        Link("Tỷ lệ lên sàn", "/province", current=True),
        Link("Danh sách", "/province/list"),
        Link("Quyết định", "/province/decisions"),
    ),
    foot=FOOT,
    csrf="c5rf",
    lang_links=LANGS,
)
OPEN_SHELL = Shell(SITE, foot=FOOT, csrf="c5rf", lang_links=LANGS)

_GOODS = [
    ("Trứng vịt biển Đồng Rui", "HTX chăn nuôi và dịch vụ Đồng Tiến", "Xã Hải Lạng", 4, "Thực phẩm"),
    ("Rượu nấm lim xanh Ba Chẽ", "HTX kinh doanh dịch vụ lâm sản ngoài gỗ Ba Chẽ", "Xã Ba Chẽ", 4, "Đồ uống"),
    ("Mực ống Cô Tô khô", "Hộ kinh doanh 01 (Cô Tô)", "Đặc khu Cô Tô", 4, "Thực phẩm"),
    ("Trà hoa vàng", "HTX Dược liệu Ba Chẽ", "Xã Ba Chẽ", 5, "Dược liệu và sản phẩm từ dược liệu"),
]


def front() -> dict[str, Any]:
    return {
        "shell": OPEN_SHELL,
        "doors": {"producer": "/desk", "buyer": "/products", "office": "/province"},
        "label": {
            "qr_src": QR,
            "href": "/t/K7",
            "product_name": "Trứng vịt biển Đồng Rui",
            "producer_name": "HTX Đồng Tiến",
            "lot_code": "DR-260915",
            "trial": True,
        },
        "coverage": {
            "ratio": 393 / 437,
            "listed": 393,
            "counted": 437,
            "as_of": TODAY,
            "closed": False,
            "href": "/province",
        },
        "products": [
            {
                "name": n,
                "name_lang": "vi",
                "href": "#",
                "producer_name": p,
                "place": u,
                "stars": s,
                "group": g,
                "picture": None,
            }
            for n, p, u, s, g in _GOODS
        ],
        "product_count": 437,
    }


STATES = [{"value": "", "label": "Tất cả"}, {"value": "live", "label": "Đang hiển thị"}]
LACKS = [{"value": "", "label": "Tất cả"}, {"value": "field:pictures", "label": "Ảnh"}]


def desk_bulk() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "errors": [{"field": "season_months", "problem": "Không đọc được mùa vụ “hè”."}],
        "back_href": "/ban-lam-viec",
        "done": None,
        "total": 240,
        "names": ["Chả mực", "Miến dong"],
        "action": "/ban-lam-viec/sua-nhieu",
        "values": {"season_months": "hè"},
        "group_options": [{"value": "", "label": "Giữ như cũ"}],
    }


def desk_bulk_done() -> dict[str, Any]:
    left = {"name": "Miến dong", "href": "#", "reason": "Sản phẩm đang chờ duyệt; hãy đợi cán bộ trả lời."}
    done = {"changed": 238, "unchanged": 1, "left": 1, "left_out": [left]}
    return {"shell": PRODUCER_SHELL, "errors": [], "back_href": "/ban-lam-viec", "done": done}


def desk_products() -> dict[str, Any]:
    states = (("live", "live"), ("needs_person", "in_review"), ("rejected", "live"), ("none", "none"))
    return {
        "shell": PRODUCER_SHELL,
        "heading": "Sản phẩm của HTX Đồng Tiến",
        "counts": {"products": 4, "live_products": 2, "scans": 1240},
        "tasks": [
            {
                "title": "Dán đường dẫn Postmart",
                "text": "Rượu nấm lim xanh Ba Chẽ đã có bộ hồ sơ, chờ đường dẫn.",
                "action_label": "Dán đường dẫn",
                "href": "#",
            },
            {
                "title": "Sửa ảnh cho Shopee",
                "text": "Sàn trả lại vì: ảnh nhỏ hơn 500 điểm ảnh.",
                "action_label": "Sửa ảnh",
                "href": "#",
            },
        ],
        "add_href": "#",
        "import_href": "#",
        "query": {"q": "", "state": "", "thieu": "field:pictures"},
        "filters": [
            {"name": "state", "label": "Trạng thái trên sàn", "options": STATES, "value": ""},
            {"name": "thieu", "label": "Còn thiếu gì", "options": LACKS, "value": "field:pictures"},
        ],
        "total": 4,
        "bulk_href": "/ban-lam-viec/sua-nhieu",
        "action": "/desk",
        "products": [
            {
                "id": str(i),
                "name": good[0],
                "href": "#",
                "producer_name": "",
                "variant": "Hộp 10 quả" if i == 0 else "",
                "group": good[4],
                "picture": None,
                "state": "draft" if i == 3 else "approved",
                "certificate": None
                if i == 3
                else {
                    "stars": good[3],
                    "state": "expiring" if i == 1 else "valid",
                    "valid_until": date(2027, 2, 4),
                },
                "listings": [
                    {
                        "marketplace_name": "Postmart",
                        "state": states[i][0],
                        "in_stock": True,
                        "checked_at": NOW,
                    },
                    {
                        "marketplace_name": "Shopee",
                        "state": states[i][1],
                        "in_stock": i != 0,
                        "checked_at": None,
                    },
                ],
                "next_step": {"label": "Dán đường dẫn Postmart", "href": "#"} if i == 1 else None,
            }
            for i, good in enumerate(_GOODS)
        ],
        "previous": "",
        "next": "#2",
    }


def desk_product() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "product": {
            "id": "1",
            "name": "Trứng vịt biển Đồng Rui",
            "state": "approved",
            "group": "Thực phẩm",
            "variant": "Hộp 10 quả",
            "price_vnd": 75000,
            "description": "Trứng của đàn vịt thả tự nhiên ở bãi triều Đồng Rui.",
            "producer_name": "HTX Đồng Tiến",
            "place": "Xã Hải Lạng, Quảng Ninh",
            "picture": None,
            "history_href": "/desk/history",
            "edit_href": "#",
            "group_name": "Thực phẩm",
            "storage": "Nơi khô mát.",
            "gtin": "08936003721777",
        },
        "pictures": [{"src": "/media/a", "width": 320, "height": 240, "srcset": "/media/a 320w"}] * 3,
        "photos_href": "/desk/photos",
        "story_href": "/desk/story",
        "share_href": "/desk/share",
        "errors": [{"field": "url-Voso", "problem": "Không phải trang sản phẩm.", "value": "http://a"}],
        "certificate": {
            "number": "",
            "decision_number": "4261/QĐ-UBND",
            "stars": 4,
            "proposed_five": True,
            "state": "valid",
            "valid_from": date(2024, 2, 4),
            "valid_until": date(2027, 2, 4),
            "issuer": "Ủy ban nhân dân cấp tỉnh",
        },
        "missing": [
            {
                "name": "Voso",
                "paper": False,
                "things": [
                    {"text": "Cần ít nhất một ảnh sản phẩm.", "href": "/ban-lam-viec/san-pham/1/anh"},
                    {"text": "Thiếu mô tả sản phẩm.", "href": "/ban-lam-viec/san-pham/1/sua#f-description"},
                ],
            },
            {
                "name": "hộ chiếu số sản phẩm",
                "paper": True,
                "things": [{"text": "Chưa có mã GTIN.", "href": ""}],
            },
        ],
        "label": {
            "lot_code": "DR-260915",
            "lot_state": "released",
            "qr_src": QR,
            "href": "/t/K7",
            "png_href": "#",
            "svg_href": "#",
            "sheet_href": "#",
            "scans": 1240,
            "trial": True,
        },
        "product_label_href": "#",
        "new_lot_href": "#",
        "evidence_href": "#",
        "listings": [
            _listing("Postmart", "live", "assisted", "link", link="https://postmart.vn/x"),
            _listing("Shopee", "rejected", "api", None, reason="Cần sửa: ảnh thứ nhất."),
            _listing("Voso", "needs_person", "assisted", None),
        ],
        "others": [{"marketplace_name": "Vỏ Sò", "href": "#"}, {"marketplace_name": "Tiki", "href": ""}],
        "adopt": [
            {
                "marketplace_name": "Shopee",
                "title": "Trứng vịt biển hộp 10",
                "price_vnd": 75000,
                "link": "https://shopee.vn/x",
                "because": "tên giống, ảnh giống",
                "adopt_href": "#",
                "ignore_href": "#",
            }
        ],
    }


def _listing(
    name: str, state: str, mode: str, grade: str | None, *, link: str = "", reason: str = ""
) -> dict[str, Any]:
    sentences = {
        "live": "Khách xem được tại postmart.vn. Kiểm tra lúc 08:05.",
        "rejected": "Sàn trả lại vì: ảnh nhỏ hơn 500 điểm ảnh.",
        "needs_person": "Bước tiếp theo: tải bộ hồ sơ và đăng theo hướng dẫn.",
    }
    action = {
        "label": "Gỡ khỏi sàn",
        "href": "#",
        "method": "post",
        "look": "danger",
        "confirm": "Gỡ khỏi sàn?",
    }
    if state != "live":
        action = {"label": "Tải bộ hồ sơ", "href": "#", "method": "get", "look": "", "confirm": ""}
    return {
        "id": name,
        "marketplace_name": name,
        "account_name": "Gian hàng Đồng Tiến",
        "mode": mode,
        "state": state,
        "in_stock": True,
        "sentence": sentences[state],
        "grade": grade,
        "checked_at": NOW - timedelta(hours=2) if grade else None,
        "link": link,
        "drift": state == "live",
        "calls_href": "/desk/listings/1",
        "net": {"net_vnd": 124_575, "fee_vnd": 10_425, "source": "Biểu phí 01/06/2026"}
        if state == "live"
        else None,
        "reason": reason,
        "link_action": "/desk/link" if state == "needs_person" else "",
        "actions": [action],
    }


def desk_import() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "action": "/desk/import",
        "errors": [],
        "max_mb": 20,
        "sample_href": "#",
        "preview": None,
        "done": None,
        "refused": "",
        "producer_options": [
            {"value": "1", "label": "HTX Đồng Tiến"},
            {"value": "2", "label": "HTX Lê Minh"},
        ],
        "again_href": "#",
        "may_send": True,
        "decision": None,
    }


def desk_import_preview() -> dict[str, Any]:
    preview = {
        "file_name": "danh_sach_ocop.xlsx",
        "token": "t",
        "rows": 60,
        "to_create": 48,
        "to_update": 3,
        "unchanged": 2,
        "to_fix": 7,
        "duplicates": 1,
        "unclear": "",
        "columns": [{"header": "Tên SP", "field": "name"}, {"header": "Ghi chú", "field": ""}],
        "group_options": [{"value": "thuc_pham", "label": "Thực phẩm"}],
        "group": "",
        "field_options": [{"value": "", "label": "Không dùng"}, {"value": "name", "label": "Tên sản phẩm"}],
        "say_action": "/desk/import/1/say",
        "questions": [
            {
                "key": "producer:HTX Dong Tien:",
                "kind": "producer",
                "written": "HTX Dong Tien",
                "rows": "4, 9",
                "options": [
                    {"value": "1", "label": "HTX Đồng Tiến"},
                    {"value": "new", "label": "Là chủ thể mới"},
                ],
                "answer": "",
            }
        ],
        "fonts": [{"font": "TCVN3 (ABC)", "before": "MiÕn dong", "after": "Miến dong"}],
        "font_cells": 12,
        "fonts_off": False,
        "problems": [
            {
                "row": 14,
                "field_label": "Hạng sao",
                "value": "6",
                "problem": "Hạng sao chỉ có 3, 4, 5. Ghi lại một số.",
            },
            {
                "row": 21,
                "field_label": "Ngày quyết định",
                "value": "31/02/2024",
                "problem": "Không có ngày này. Ghi theo dạng 28/02/2024.",
            },
        ],
        "problem_total": 9,
        "previous": "",
        "next": "#2",
        "warnings": [{"row": 3, "field_label": "Giá", "problem": "Giá thấp khác thường."}],
        "warning_total": 1,
        "marked_href": "#",
    }
    decision = {
        "typed": dict.fromkeys(
            ("decision_number", "decision_issued_on", "decision_level", "decision_issuer"), ""
        ),
        "level_options": [{"value": "", "label": "Theo hạng sao và ngày"}],
        "today": "2026-09-30",
    }
    return desk_import() | {"preview": preview, "decision": decision}


def desk_import_done() -> dict[str, Any]:
    done: dict[str, Any] = {"stored": 51, "unchanged": 2, "refused": 7, "without_decision": 4}
    done |= {"marked_href": "#m", "list_href": "#"}
    return desk_import() | {"done": done}


def desk_import_refused() -> dict[str, Any]:
    return desk_import() | {"refused": "danh_sach_ocop.xlsx"}


def desk_edit(slug: str = "ten") -> dict[str, Any]:
    step = BY_SLUG[slug]
    return {
        "shell": PRODUCER_SHELL,
        "action": "/desk/edit",
        "is_new": slug == "ten",
        "step": slug,
        "title": step.title,
        "hint": step.hint,
        "number": 1,
        "count": 6,
        "drafting": True,
        "back_href": "/desk",
        "values": dict.fromkeys(asked(step), "1"),
        "revision": "3",
        "may_enter": True,
        "producer_id": "1",
        "producer_options": [
            {"value": "1", "label": "HTX Đồng Tiến"},
            {"value": "2", "label": "HTX Lê Minh"},
        ],
        "group_options": [{"value": "thuc_pham", "label": "Thực phẩm"}],
        "languages": [{"code": "en", "name": "tiếng Anh"}, {"code": "zh", "name": "tiếng Trung"}],
        "variants": [{"text": "Hộp quà · 1 kg", "href": "/desk/pack"}],
        "new_variant_href": "/desk/pack/new" if slug == "gia" else "",
        "errors": [{"field": asked(step)[0], "problem": "Không hiểu ô này."}],
    }


def desk_steps() -> dict[str, Any]:
    row = {
        "label": "Tên sản phẩm",
        "value": "Miến dong",
        "remark": "Ghi như trên bao bì.",
        "href": "/desk/edit",
    }
    return {
        "shell": PRODUCER_SHELL,
        "name": "Miến dong",
        "state": "returned",
        "note": "Sửa giúp hai chỗ.",
        "back_href": "/desk",
        "history_href": "/desk/history",
        "sections": [{"title": "Sản phẩm là gì", "href": "/desk/edit", "rows": [row]}],
        "photos_href": "/desk/photos",
        "photos_remark": "Ảnh mờ.",
        "submit_action": "/desk/submit",
        "errors": [],
    }


def desk_variant() -> dict[str, Any]:
    fields = ("label", "unit", "price_vnd", "net_weight_g", "gtin", "external_code")
    return {
        "shell": PRODUCER_SHELL,
        "title": "Hộp quà",
        "product_name": "Miến dong",
        "action": "/desk/pack",
        "back_href": "/desk/edit",
        "is_new": False,
        "retired": True,
        "values": dict.fromkeys(fields, "1"),
        "revision": "3",
        "errors": [{"field": "gtin", "problem": "Mã đã dùng cho sản phẩm khác."}],
    }


def desk_history() -> dict[str, Any]:
    def change(number: int, restore: str) -> dict[str, Any]:
        fields = [{"label": "Giá bán", "before": "100.000 đ", "after": "120.000 đ"}]
        return {
            "number": number,
            "at": NOW,
            "who": "Nguyễn Thị Hòa",
            "fields": fields,
            "restore_action": restore,
        }

    return {
        "shell": PRODUCER_SHELL,
        "name": "Miến dong",
        "revision": 2,
        "next": "/desk/history?truoc=1",
        "changes": [change(2, ""), change(1, "/desk/history/1/restore")],
        "errors": [{"field": "ban-2", "problem": "Đã có bản mới hơn."}],
    }


def approvals() -> dict[str, Any]:
    return {
        "shell": OFFICER_SHELL,
        "waiting": [
            {"name": "Miến dong", "href": "/duyet/1", "producer_name": "HTX Đồng Tiến", "since": NOW}
        ],
        "in_force": "Duyệt mọi sản phẩm",
        "rules": [{"valid_from": TODAY, "text": "Duyệt mọi sản phẩm"}],
        "action": "/duyet",
        "need_options": [{"value": "all", "label": "Duyệt mọi sản phẩm"}],
        "values": {"needed_for": "all", "valid_from": "2026-11-22"},
        "errors": [{"field": "valid_from", "problem": "Ngày áp dụng đã qua."}],
    }


def approval() -> dict[str, Any]:
    return {
        "shell": OFFICER_SHELL,
        "name": "Miến dong",
        "producer_name": "HTX Đồng Tiến",
        "state": "submitted",
        "waits": True,
        "product_href": "/desk/1",
        "action": "/duyet/1",
        "revision": "3",
        "pictures": [{"src": "/media/a", "width": 320, "height": 240}],
        "fields": [
            {"field": "r-name", "label": "Tên sản phẩm", "value": "Miến dong", "remark": "Ghi như bao bì"},
            {"field": "r-photos", "label": "Ảnh", "value": "", "remark": ""},
        ],
        "note": "",
        "errors": [{"field": "note", "problem": "Hãy ghi ít nhất một điều cần sửa."}],
    }


def desk_photos() -> dict[str, Any]:
    def photo(n: int, **places: int | None) -> dict[str, Any]:
        return {
            "id": f"p{n}",
            "picture": {"src": "/media/a", "width": 320, "height": 240, "srcset": "/media/a 320w"},
            "caption": "Mặt trước của hộp" if n else "",
            "action": f"/desk/photos/p{n}",
            **places,
        }

    return {
        "shell": PRODUCER_SHELL,
        "product": {"id": "1", "name": "Trứng vịt biển Đồng Rui"},
        "back_href": "/desk/1",
        "story_href": "/desk/1/story",
        "action": "/desk/photos",
        "max_mb": 20,
        "most": 20,
        "photos": [photo(0, up=None, down=1), photo(1, up=0, down=2), photo(2, up=1, down=None)],
        "fetches": [
            {"url": "https://vidu.vn/a.jpg", "failed": False, "problem": "", "action": "/desk/photos/u/1"},
            {
                "url": "https://vidu.vn/b.jpg",
                "failed": True,
                "problem": "Đây là tệp PDF.",
                "action": "/desk/photos/u/2",
            },
        ],
        "urls": "https://vidu.vn/c",
        "errors": [{"field": "photos", "problem": "a.txt: Không đọc được ảnh này."}],
    }


def desk_share() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "product": {"name": "Trứng vịt biển Đồng Rui", "group": "Thực phẩm"},
        "back_href": "/desk/1",
        "text": "Trứng vịt biển Đồng Rui\nGiá: 135.000 đ / vỉ",
        "trace_href": "https://ocop.example/t/7K3MPQ2",
        "picture": {"src": "/media/a", "width": 320, "height": 240, "srcset": "/media/a 320w"},
        "picture_href": "/media/a",
        "action": "/desk/share",
        "url": "https://example.org/bai",
        "links": [
            {
                "name": "Facebook",
                "state": "live",
                "sentence": "Khách xem được.",
                "href": "https://www.facebook.com/htx/posts/12",
                "look_href": "/desk/listings/1/look",
            }
        ],
        "session_action": "/desk/share/phien",
        "values": {
            "held_on": "31/2/2026",
            "channel": "",
            "title": "",
            "session_url": "",
            "viewers": "",
            "orders": "",
        },
        "open": True,
        "session_id": "",
        "today": TODAY,
        "products": [{"value": "1", "label": "Trứng vịt biển Đồng Rui", "chosen": True}],
        "sessions": [
            {
                "held_on": TODAY,
                "channel": "TikTok",
                "title": "Chợ phiên OCOP",
                "href": "https://www.tiktok.com/@htx/live",
                "products": ["Trứng vịt biển Đồng Rui"],
                "viewers": 1250,
                "orders": None,
                "change_href": "/desk/share?phien=1#f-held_on",
            }
        ],
        "errors": [{"field": "held_on", "problem": "Hãy ghi ngày của phiên, ví dụ 20/11/2026."}],
    }


def desk_story() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "product": {"name": "Trứng vịt biển Đồng Rui"},
        "back_href": "/desk/1",
        "photos_href": "/desk/1/photos",
        "action": "/desk/story",
        "recordings": [{"src": "/api/v1/a", "at": NOW, "delete_action": "/desk/story/1/xoa"}],
        "max_mb": 20,
        "story": "Vịt thả trên bãi triều.",
        "revision": 3,
        "other_story": "Vịt nuôi ở bãi triều.",
        "errors": [{"field": "story", "problem": "Sản phẩm đã được sửa ở nơi khác."}],
    }


def desk_lot() -> dict[str, Any]:
    names = ("code", "harvested_on", "processed_on", "packed_at", "unit_id", "display_name", "place")
    return {
        "shell": PRODUCER_SHELL,
        "action": "/desk/lot",
        "back_href": "/desk",
        "product_name": "Trứng vịt biển Đồng Rui",
        "producer_name": "HTX Đồng Tiến",
        "values": dict.fromkeys((*names, "best_before"), "1"),
        "like": "DR-260915",
        "unit_options": [{"value": "c", "label": "Xã Hải Lạng"}],
        "unit_known": True,
        "errors": [{"field": "code", "problem": "Sản phẩm đã có lô này."}],
    }


def desk_label() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "product_name": "Trứng vịt biển Đồng Rui",
        "product_href": "#",
        "new_lot_href": "#",
        "journal_href": "#",
        "recall_href": "#",
        "lot": {"code": "DR-260915", "state": "released", "packed_at": NOW},
        "uri": "https://ocop.example/t/K7",
        "trial": True,
        "label_src": "/label.svg",
        "png_href": "/label.png",
        "sheet_action": "/desk/labels",
        "sheet": {"count": "24", "layout": "a4-3x8", "kind": "lot", "roll_size": "", "pack": ""},
        "pack_options": [{"value": "", "label": "Quy cách chính"}, {"value": "p", "label": "Hộp quà"}],
        "layout_options": [{"value": "a4-3x8", "label": "A4, 24 tem"}],
        "errors": [],
        "runs": [
            {
                "name": "Đợt in tem có mã riêng số 1",
                "href": "#",
                "serial": True,
                "voided": False,
                "count": 24,
                "created_at": NOW,
                "activated": 0,
                "activate_action": "/desk/runs/1",
            }
        ],
        "studio_href": "#",
    }


RUN_FIELDS = [
    "first",
    "last",
    "roll",
    "from_serial",
    "to_serial",
    "note",
    "reason",
    "print_first",
    "print_last",
]
PAPER_FIELDS = [
    "name",
    "producer_id",
    "label_width",
    "label_height",
    "page_width",
    "page_height",
    "left",
    "top",
    "gap_x",
    "gap_y",
    "columns",
    "rows",
    "offset_x",
    "offset_y",
]


def desk_run() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "product_name": "Trứng vịt biển Đồng Rui",
        "lot_code": "DR-260915",
        "lot_href": "#",
        "run": {
            "name": "Đợt in tem có mã riêng số 1",
            "serial": True,
            "count": 1_000,
            "rolls": 4,
            "roll_size": 250,
            "stars": 4,
            "printed": 2,
            "created_at": NOW,
            "created_by": "Nguyễn Thị Hòa",
            "voided_at": None,
            "void_reason": "",
            "active": 250,
        },
        "blocked": [{"first": 251, "last": 260, "note": "Rách", "who": "Nguyễn Thị Hòa", "at": NOW}],
        "acts": [
            {
                "kind": "blocked",
                "first": 251,
                "last": 260,
                "count": 10,
                "note": "Rách",
                "who": "Nguyễn Thị Hòa",
                "at": NOW,
            }
        ],
        "actions": {"activate": "/a", "block": "/b", "unblock": "/c", "void": "/d", "reprint": "/e"},
        "files": [{"label": "CSV", "href": "#"}],
        "what_options": [{"value": "range", "label": "Khoảng tem, theo số thứ tự"}],
        "layout_options": [{"value": "a4-3x8", "label": "A4, 24 tem"}],
        "values": dict.fromkeys(RUN_FIELDS, "") | {"what": "range", "layout": "a4-3x8"},
        "errors": [],
    }


def desk_alerts() -> dict[str, Any]:
    alert = {
        "id": "1",
        "kind": "before_activation",
        "day": TODAY,
        "sentence": "5 tem được quét khi chưa kích hoạt: có thể quên kích hoạt, hoặc tem thất lạc.",
        "product_name": "Trứng vịt biển Đồng Rui",
        "lot_code": "DR-260915",
        "lot_href": "#",
        "answered_at": None,
        "answered_by": "",
        "answer": "",
        "action": "/desk/alerts/1",
    }
    said = alert | {"id": "2", "answered_at": NOW, "answered_by": "Nguyễn Thị Hòa", "answer": "Tem in thử."}
    return {
        "shell": PRODUCER_SHELL,
        "tabs": [Link("Chưa trả lời", "#", current=True), Link("Tất cả", "#all")],
        "alerts": [alert, said],
        "next": "",
        "errors": [],
    }


def desk_studio() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "shipped": [{"name": "A4, 3 × 8 tem 70 × 37 mm", "test_href": "#"}],
        "own": [
            {
                "name": "Giấy tem của xưởng",
                "size": "60 × 30 mm",
                "grid": "3 × 9",
                "offset": "0,5; 0 mm",
                "test_href": "#",
                "remove_action": "/desk/papers/1",
            }
        ],
        "action": "/desk/papers",
        "producer_options": [{"value": "1", "label": "HTX Dược liệu Ba Chẽ"}],
        "values": dict.fromkeys(PAPER_FIELDS, "1"),
        "errors": [],
        "mark": {"src": "/mark", "who": "Vũ Thị Thu", "at": NOW},
        "mark_action": "/mark",
        "mark_remove_action": "/mark/remove",
    }


def product_label() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "product_name": "Trứng vịt biển Đồng Rui",
        "product_href": "#",
        "new_lot_href": "#",
        "uri": "https://ocop.example/t/K7",
        "trial": True,
        "label_src": "/label.svg",
        "png_href": "/label.png",
    }


def import_lots() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "action": "/desk/import-lots/1",
        "errors": [],
        "max_mb": 25,
        "sample_href": "#",
        "again_href": "#",
        "run": {
            "file_name": "lo.xlsx",
            "state": "checked",
            "waits": True,
            "unclear": "",
            "counts": {"created": 2, "updated": 1, "unchanged": 0, "wrong": 1},
            "problems": [{"row": 5, "field": "Số lô", "problem": "Thiếu số lô; ghi số lô in trên tem."}],
            "problem_total": 3,
            "columns": [
                {"header": "Số lô", "field": "Số lô", "name": "lot"},
                {"header": "Màu", "field": "", "name": ""},
            ],
            "field_options": [{"value": "", "label": "không dùng"}, {"value": "lot", "label": "Số lô"}],
            "marked_href": "#",
        },
    }


def desk_journal() -> dict[str, Any]:
    written = {"whole_day": False, "recorded_at": NOW, "recorded_by": "Nguyễn Thị Hòa", "edit_href": "#"}
    return {
        "shell": PRODUCER_SHELL,
        "product_name": "Trứng vịt biển Đồng Rui",
        "lot": {"code": "DR-260915", "state": "released"},
        "label_href": "#",
        "events": [{**each, "at": NOW, **written} for each in trace_page()["events"]],
        "replaced": 1,
        "steps": [
            {"label": "Thu hoạch", "href": "#", "done": True},
            {"label": "Xuất hàng", "href": "#", "done": False},
        ],
        "kinds": [{"label": "Bán hàng", "href": "#"}],
    }


def desk_event() -> dict[str, Any]:
    rows = [f"source{part}_{n}" for n in (1, 2, 3, "other") for part in ("", "_quantity", "_unit")]
    names = (
        "kind corrects at zone unit_id place plot gln latitude longitude quantity quantity_unit temperature "
        "humidity party_from party_to inspector test_number note over_reason kept paper_title papers_public"
    )
    values = dict.fromkeys([*names.split(), *rows], "")
    return {
        "shell": PRODUCER_SHELL,
        "action": "/desk/lots/1/steps",
        "back_href": "#",
        "product_name": "Trứng vịt biển Đồng Rui",
        "lot_code": "DR-260915",
        "kind_name": "Chế biến",
        "values": values | {"kind": "processing", "at": "2026-09-30T08:30", "quantity": "12,5"},
        "ask": ("inputs", "amount", "attachments"),
        "unit_options": [{"value": "", "label": "Chọn xã, phường, đặc khu"}],
        "zone_options": [{"value": "Asia/Ho_Chi_Minh", "label": "Giờ Việt Nam (UTC+7)"}],
        "source_options": [{"value": "", "label": "Không có"}],
        "source_rows": [1, 2, 3],
        "kept": 1,
        "shots": ["/media/a?w=320"],
        "max_mb": 25,
        "errors": [{"field": "over_reason", "problem": "Lô LA-1 có 10 kg, lần này 12 kg: vượt 2 kg."}],
    }


def desk_recall() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "product_name": "Trứng vịt biển Đồng Rui",
        "lot_code": "DR-260915",
        "action": "/desk/recall",
        "back_href": "#",
        "reason": "",
        "errors": [],
    }


def desk_recalled() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "product_name": "Trứng vịt biển Đồng Rui",
        "product_href": "#",
        "lot": {"code": "DR-260915", "reason": "Ghi sai hạn sử dụng."},
        "with_it": [{"code": "DR-260916", "href": "#"}],
        "lots_of_others": 2,
        "listings": [
            {"marketplace_name": "Postmart", "asked": False, "action": "/desk/listings/1/down"},
            {"marketplace_name": "Shopee", "asked": True, "action": "/desk/listings/2/down"},
        ],
    }


def desk_stalls() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "action": "/desk/stalls",
        "bulk_href": "/desk/bulk",
        "drift_href": "/desk/drift",
        "hooks_href": "/desk/hooks",
        "stalls": [
            {
                "marketplace_name": "Shopee",
                "name": "Đồng Tiến",
                "shop_id": "77",
                "producer_name": "HTX Đồng Tiến",
                "mode": "api",
                "state_label": "Đã nối",
                "tone": "good",
                "listings": 4,
                "warning": "Hãy đăng nhập lại trước ngày 29/11/2026, nếu không gian hàng này sẽ dừng.",
                "sign_in_href": "/desk/stalls/1/dang-nhap",
                "doubles_href": "/desk/stalls/1/trung",
                "items_href": "/desk/stalls/1/muc",
                "waits": False,
            }
        ],
        "consent_action": "/desk/stalls/ket-noi",
        "consent_options": [{"value": "shopee", "label": "Shopee"}],
        "values": {"marketplace": "shopee", "producer_id": "1", "shop_id": "", "name": ""},
        "marketplace_options": [{"value": "shopee", "label": "Shopee"}],
        "producer_options": [{"value": "1", "label": "HTX Đồng Tiến"}],
        "errors": [{"field": "shop_id", "problem": "Chưa ghi mã gian hàng."}],
    }


def publish_bulk() -> dict[str, Any]:
    card = {
        "title": "Trứng vịt biển Đồng Rui",
        "price": "135.000 đ",
        "description": "Trứng vịt thả đầm nước lợ.",
        "picture": "",
        "href": "/desk/products/1",
        "problems": ["Cần ít nhất một ảnh sản phẩm."],
    }
    return {
        "shell": PRODUCER_SHELL,
        "action": "/desk/bulk",
        "values": {
            "kind": "publish",
            "marketplace": "shopee",
            "producer_id": "1",
            "unit_id": "",
            "publish_at": "",
            "follows_season": "",
        },
        "kind_options": [{"value": "publish", "label": "Đưa lên sàn"}],
        "marketplace_options": [{"value": "shopee", "label": "Shopee"}],
        "producer_options": [{"value": "1", "label": "HTX Đồng Tiến"}],
        "unit_options": [{"value": "c-06970", "label": "Xã Ba Chẽ"}],
        "errors": [],
        "cards": [card],
        "total": 41,
    }


def publish_progress() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "kind_label": "Đưa lên sàn",
        "marketplace_name": "Shopee",
        "scope_name": "HTX Đồng Tiến",
        "publish_at": "",
        "total": 41,
        "waiting": 12,
        "moving": 20,
        "held": 8,
        "stalls_href": "/desk/stalls",
        "refused_count": 1,
        "states": [
            {"state": "live", "count": 20, "href": "/desk/bulk/1?trang_thai=live#tin-dang"},
            {"state": "not_sent", "count": 8, "href": "/desk/bulk/1?trang_thai=not_sent#tin-dang"},
        ],
        "chosen": "not_sent",
        "listings": [
            {"name": "Mực khô", "href": "/desk/products/3#tin-1", "reason": "Sản phẩm chưa có ảnh."}
        ],
        "refused": [{"name": "Mực ống", "href": "/desk/products/2", "problem": "Sản phẩm chưa có giá bán."}],
        "over": False,
        "back_href": "/desk/bulk",
    }


def publish_health() -> dict[str, Any]:
    row = {
        "name": "Shopee",
        "troubled": True,
        "stalls": 12,
        "due": 4,
        "oldest_due": "09:15 21/11/2026",
        "waiting": 7,
        "last_success": "09:20 21/11/2026",
        "failures": [{"label": "Sàn từ chối", "count": 3}],
        "breakers_open": 1,
        "held": 0,
        "needs_sign_in": 1,
        "consents_ending": 2,
        "pushes_waiting": 0,
    }
    return {"shell": OFFICER_SHELL, "rows": [row]}


def hooks() -> dict[str, Any]:
    message = {"at": NOW, "state": "Đã nhận", "tone": "good", "attempts": 1, "problem": ""}
    return {
        "shell": PRODUCER_SHELL,
        "action": "/h",
        "secret": "whsec_abc",
        "producer_options": [{"value": "1", "label": "HTX Đồng Tiến"}],
        "values": {"producer_id": "1", "url": ""},
        "hooks": [
            {
                "url": "https://vidu.vn/hook",
                "state": "Đang gửi",
                "tone": "good",
                "active": True,
                "base": "/h/1",
                "messages": [message, {**message, "problem": "Máy chủ nhận trả lời mã 500.", "attempts": 3}],
            }
        ],
        "errors": [{"field": "url", "problem": "Địa chỉ phải bắt đầu bằng https://."}],
    }


def categories() -> dict[str, Any]:
    chosen = {
        "path": "Thực phẩm › Đặc sản",
        "gone": True,
        "sub_group": "",
        "fields": ["Hạn sử dụng: 6 tháng"],
        "source": "Cán bộ chọn",
        "since": NOW,
    }
    return {
        "shell": OFFICER_SHELL,
        "marketplaces": [
            {
                "name": "Shopee",
                "read_at": NOW,
                "version": "0a1b2c3d4e5f",
                "read_action": "/c/shopee/doc",
                "groups": [
                    {"name": "Thực phẩm", "href": "/c/shopee/thuc_pham", "mappings": [chosen]},
                    {"name": "Đồ uống", "href": "/c/shopee/do_uong", "mappings": []},
                ],
            }
        ],
        "lessons": [
            {
                "marketplace": "Shopee",
                "group": "Thực phẩm",
                "message": "Ngành hàng này cần “Hạn sử dụng”.",
                "times": 3,
                "last_seen": NOW,
                "href": "/c/shopee/thuc_pham?lesson=1",
                "dismiss_action": "/c/de-xuat/1/bo-qua",
            }
        ],
    }


def category() -> dict[str, Any]:
    asked = {"number": 0, "name": "Xuất xứ", "required": True, "value": ""}
    return {
        "shell": OFFICER_SHELL,
        "marketplace_name": "Shopee",
        "group_name": "Thực phẩm",
        "action": "/c/shopee/thuc_pham",
        "back_href": "/c",
        "q": "đặc sản",
        "lesson": "",
        "tree_read": True,
        "found": [{"id": "1", "path": "Thực phẩm › Đặc sản"}],
        "picked": "1",
        "picked_path": "Thực phẩm › Đặc sản",
        "fields_read": False,
        "fields": [
            {**asked, "options": [{"value": "Việt Nam", "label": "Việt Nam"}]},
            {**asked, "number": 1, "name": "Hạn sử dụng", "required": False, "options": []},
        ],
        "others": "",
        "sub_group_options": [{"value": "", "label": "Cả nhóm"}],
        "sub_group": "",
        "errors": [{"field": "q", "problem": "Hãy tìm rồi chọn lại."}],
    }


def reason_words() -> dict[str, Any]:
    names = ("message", "cause_vi", "step_vi", "example_vi", "cause_en", "step_en", "example_en")
    return {
        "shell": OFFICER_SHELL,
        "action": "/r",
        "open_name": "Shopee",
        "values": {"marketplace": "shopee", "code": "error_moon", **dict.fromkeys(names, "")},
        "unread": [
            {
                "marketplace": "shopee",
                "name": "Shopee",
                "code": "error_moon",
                "message": "the moon is full",
                "times": 2,
                "last_seen": NOW,
            }
        ],
        "errors": [{"field": "cause_vi", "problem": "Hãy ghi nguyên nhân và cách làm."}],
    }


def fees() -> dict[str, Any]:
    return {
        "shell": OFFICER_SHELL,
        "action": "/f",
        "marketplace_options": [{"value": "shopee", "label": "Shopee"}],
        "values": dict.fromkeys(("marketplace", "category", "valid_from", "share", "fixed", "source"), ""),
        "rows": [
            {
                "name": "Shopee",
                "category": "",
                "valid_from": date(2026, 6, 1),
                "share": 5.5,
                "fixed_vnd": 3_000,
                "source": "Biểu phí 01/06/2026",
                "entered_by": "Minh",
            }
        ],
        "errors": [{"field": "share", "problem": "Phần trăm phải từ 0 đến dưới 100."}],
    }


def _looked_at() -> dict[str, Any]:
    return {
        "product_name": "Trứng vịt biển Đồng Rui",
        "producer_name": "HTX Đồng Tiến",
        "marketplace_name": "Postmart",
        "price_vnd": 135_000,
        "link": "https://buudien.vn/p-1.html",
        "reason": "Trang trên sàn chưa mở được.",
        "observed_at": NOW,
    }


def to_see() -> dict[str, Any]:
    return {"shell": OFFICER_SHELL, "listings": [{**_looked_at(), "href": "/x/1"}]}


def seen() -> dict[str, Any]:
    return {
        **_looked_at(),
        "shell": OFFICER_SHELL,
        "action": "/x/1",
        "back_href": "/x",
        "url": "",
        "errors": [{"field": "picture", "problem": "Hãy chọn ảnh chụp màn hình."}],
    }


def publish_calls() -> dict[str, Any]:
    call = {
        "at": "09:15 21/11/2026",
        "call": "Đưa lên sàn",
        "outcome": "Sàn từ chối",
        "tone": "wait",
        "cause": "Ảnh chưa đạt.",
        "step": "Chụp lại ảnh.",
        "raw": "",
    }
    return {
        "shell": PRODUCER_SHELL,
        "product_name": "Trứng vịt biển Đồng Rui",
        "marketplace_name": "Shopee",
        "back_href": "/desk/products/1",
        "calls": [call],
    }


def doubles() -> dict[str, Any]:
    row = {
        "title": "Trứng vịt biển Đồng Rui",
        "cause": "Hai mục cùng mã sản phẩm",
        "keep_id": "23500000001",
        "keep_url": "https://shopee.vn/product/1/2",
        "extra_id": "23500000002",
        "extra_url": "",
        "found": "09:15 21/11/2026",
        "problem": "",
        "repairing": False,
        "repair_href": "/desk/doubles/1/go",
    }
    return {
        "shell": PRODUCER_SHELL,
        "market_name": "Shopee",
        "reading": False,
        "stall_name": "Đồng Tiến",
        "read_href": "/desk/stalls/1/trung",
        "rows": [row, row | {"repairing": True}],
        "back_href": "/desk/stalls",
    }


def stall_items() -> dict[str, Any]:
    item = {
        "title": "Trứng vịt biển Đồng Rui",
        "price_vnd": 135_000,
        "link": "https://shopee.vn/product/1/2",
        "product_name": "Trứng vịt biển",
        "adopt_href": "/desk/items/1/nhan",
        "ignore_href": "/desk/items/1/bo-qua",
        "because": "tên giống, ảnh giống",
        "picture_only": False,
        "waiting": False,
        "problem": "",
    }
    return {
        "shell": PRODUCER_SHELL,
        "market_name": "Shopee",
        "reading": False,
        "stall_name": "Đồng Tiến",
        "may_change": True,
        "adopt_all_href": "/desk/stalls/1/muc",
        "matched": [item, {**item, "because": "ảnh giống", "picture_only": True}],
        "others": [
            {**item, "product_name": "", "link": "", "price_vnd": None},
            {**item, "title": "https://postmart.vn/p/tra-7.html", "product_name": "", "waiting": True},
            {**item, "product_name": "", "problem": "Trang không mở được."},
        ],
        "paste_href": "/desk/stalls/1/muc/duong-dan",
        "links": "postmart",
        "errors": [{"field": "links", "problem": "Dòng 2 không phải trang sản phẩm."}],
        "product_options": [{"value": "1", "label": "Trứng vịt biển"}],
        "back_href": "/desk/stalls",
    }


def desk_drift() -> dict[str, Any]:
    row = {
        "product_name": "Trứng vịt biển Đồng Rui",
        "product_href": "/desk/products/1",
        "marketplace_name": "Shopee",
        "public_url": "https://shopee.vn/product/1/2",
        "field_label": "Giá bán",
        "ours": "135.000 đ",
        "theirs": "120.000 đ",
        "author": "Có lẽ ai đó đã sửa trên trang của sàn",
        "since": "09:15 21/11/2026",
        "take_href": "/desk/drift/1/lay-lai",
        "keep_href": "/desk/drift/1/giu",
    }
    return {"shell": PRODUCER_SHELL, "rows": [row]}


def desk_stall_consent() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "marketplace_name": "Shopee",
        "shop_id": "77",
        "href": "https://open.shopee.com/auth?partner_id=1",
        "back_href": "/desk/stalls",
    }


def decisions() -> dict[str, Any]:
    return {
        "shell": OFFICER_SHELL,
        "action": "/decisions",
        "import_href": "#",
        "today": "2026-09-30",
        "decisions": [
            {
                "href": "#",
                "number": "4261/QĐ-UBND",
                "issued_on": TODAY,
                "issuer": "Ủy ban nhân dân",
                "products": 12,
            }
        ],
        "values": {"number": "", "issued_on": "", "issuer_level": "province", "issuer_name": ""},
        "level_options": [{"value": "province", "label": "Ủy ban nhân dân cấp tỉnh"}],
        "errors": [],
        "previous": "",
        "next": "#2",
    }


def catalogue_product() -> dict[str, Any]:
    return {
        "shell": OPEN_SHELL,
        "product": {
            "name": "Trứng vịt biển Đồng Rui",
            "name_lang": "vi",
            "group": "Thực phẩm",
            "group_name": "Thực phẩm",
            "producer_name": "HTX Đồng Tiến",
            "place": "Xã Hải Lạng",
            "variant": "hộp 700 g",
            "ships": True,
            "producer_href": "/co-so/1",
            "place_href": "/xa/c-1",
            "price_vnd": 75000,
            "description": "Trứng của đàn vịt thả tự nhiên.",
            "description_lang": "vi",
        },
        "facts": {
            "rows": [{"label": "Bảo quản", "value": "Nơi khô mát.", "lang": "vi"}],
            "packs": [{"label": "Khay 30 quả", "text": "2,1 kg · 210.000 đ"}],
            "story": "Vịt chạy đồng.",
            "story_lang": "vi",
            "videos": ["https://phim.example/1"],
        },
        "certificate": {"stars": 4, "state": "valid", "valid_until": TODAY, "holds": True},
        "pictures": [{"src": "/media/a", "width": 800, "height": 600, "srcset": "/media/a 800w"}] * 2,
        "shops": [{"marketplace_name": "Shopee", "href": "https://shopee.vn/x"}],
        "contacts": [{"label": "Điện thoại", "text": "0912 000 001", "href": "tel:+84912000001"}],
        "trace_href": "/t/K7",
        "head": PAGE_HEAD,
    }


def catalogue_shelf() -> dict[str, Any]:
    return {
        "shell": OPEN_SHELL,
        "title": "HTX Đồng Tiến",
        "title_lang": "vi",
        "lead": "Hợp tác xã · Xã Hải Lạng",
        "contacts": [{"label": "Địa chỉ", "text": "Thôn 2", "href": ""}],
        "products": [],
        "previous": "",
        "next": "",
        "head": PAGE_HEAD,
    }


def _step(kind: str, on: int, place: str, **more: Any) -> dict[str, Any]:
    """One step of a lot's way, with nothing beyond time and place unless given."""
    empty: dict[str, Any] = {
        "text": "",
        "facts": [],
        "inspector": "",
        "test_number": "",
        "inputs": [],
        "pictures": [],
        "papers": [],
        "links": [],
        "corrected": False,
    }
    return {"kind": kind, "at": date(2026, 9, on), "place": place, **empty, **more}


def trace_page() -> dict[str, Any]:
    return {
        "place": "Quảng Ninh",
        "lang_links": {**LANGS, "zh": "?lang=zh"},
        "product": {
            "name": {"text": "Trứng vịt biển Đồng Rui", "lang": "vi"},
            "group": "Thực phẩm",
            "variant": "Hộp 10 quả",
            "picture": None,
            "description": {"text": "Trứng của đàn vịt thả tự nhiên ở bãi triều Đồng Rui.", "lang": "vi"},
            "ingredients": {"text": "Trứng vịt 100%", "lang": "vi"},
            "warnings": {"text": "Người dị ứng trứng không dùng.", "lang": "vi"},
            "storage": {"text": "Nơi khô mát, dưới 25 °C.", "lang": "vi"},
            "shelf_life": {"text": "", "lang": "vi"},
            "story": {"text": "Vùng bãi triều Đồng Rui nuôi vịt từ lâu đời.", "lang": "vi"},
            "declaration_number": "01/TCB-ĐT",
        },
        "producer": {
            "name": "HTX chăn nuôi và dịch vụ Đồng Tiến",
            "kind": "cooperative",
            "place": "Xã Hải Lạng, Quảng Ninh",
            "phone": "0203 000 0000",
        },
        "certificate": {
            "number": "",
            "stars": 4,
            "proposed_five": False,
            "state": "valid",
            "valid_until": date(2027, 2, 4),
            "decision_number": "4261/QĐ-UBND",
            "decision_day": date(2024, 2, 4),
            "issuer": "Ủy ban nhân dân tỉnh",
        },
        "lot": {
            "code": "DR-260915",
            "state": "released",
            "packed_on": date(2026, 9, 15),
            "packed_place": "Xưởng Đồng Tiến, Xã Hải Lạng",
            "best_before": date(2026, 10, 15),
            "expired": False,
            "recall": None,
        },
        "events": [
            _step("harvest", 14, "Bãi triều Đồng Rui", text="Nhặt trứng buổi sáng", facts=["120 kg"]),
            _step("first_processing", 14, "Xưởng Đồng Tiến", inputs=[{"code": "DR-1", "href": "/t/K7"}]),
            _step(
                "inspection",
                15,
                "Xưởng Đồng Tiến",
                inspector="Trung tâm Kiểm nghiệm",
                test_number="KN-12",
                pictures=[{"src": "/media/a?w=320", "href": "/media/a?w=800", "alt": ""}],
                papers=[{"href": "/giay-to/x/0", "title": "Phiếu kết quả"}],
            ),
            _step("packing", 15, "Xưởng Đồng Tiến", text="Hộp 10 quả", corrected=True),
            _step(
                "shipping",
                16,
                "Xã Hải Lạng",
                links=[
                    {
                        "href": "https://cert.example/1",
                        "text": "Giấy chứng nhận ở cert.example",
                        "title": "ISO 22000",
                    }
                ],
            ),
        ],
        "shops": [
            {
                "marketplace_name": "Postmart",
                "account_name": "HTX Đồng Tiến",
                "href": "https://postmart.vn/x",
            },
            {"marketplace_name": "Shopee", "account_name": "", "href": "https://shopee.vn/x"},
        ],
        "report_href": "#",
        "share_href": "/t/K7",
        "host": "ocop.example.vn",
        "data": "",
        "passport_href": "/p/dpp/01/x",
        "gtin": "",
        "serial_slot": Markup("<!--serial-->"),
        "notice": "",
    }


def trace_report() -> dict[str, Any]:
    return {
        "place": "",
        "lang_links": {**LANGS, "zh": "?lang=zh"},
        "action": "/bao-van-de",
        "tem": "/t/K7",
        "back_href": "/p/vi/t/K7",
        "product_name": "Trứng vịt biển Đồng Rui",
        "lot_code": "DR-260915",
        "kinds": [{"value": "other", "label": "Việc khác"}],
        "values": {"kind": "", "text": "", "phone": "0912", "consent": ""},
        "errors": [{"field": "consent", "problem": "Hãy đánh dấu đồng ý."}],
        "sent": False,
    }


def desk_problems() -> dict[str, Any]:
    waiting = {
        "id": "r1",
        "kind": "other",
        "kind_name": "Việc khác",
        "text": "Hộp bị vỡ",
        "phone": "+84912345678",
        "product_name": "Trứng vịt biển Đồng Rui",
        "product_href": "#",
        "lot_code": "DR-260915",
        "lot_href": "#",
        "serial": "",
        "at": NOW,
        "answer": "",
        "answered_at": None,
        "answer_action": "/desk/reports/r1",
    }
    done = {"id": "r2", "answer": "Đã đổi hộp khác.", "answered_at": NOW, "answer_action": "", "phone": ""}
    return {
        "shell": PRODUCER_SHELL,
        "every": True,
        "other_href": "#",
        "next_href": "#2",
        "errors": [{"field": "answer-r1", "problem": "Hãy ghi đã làm gì."}],
        "reports": [waiting, waiting | done],
    }


def trace_recalled() -> dict[str, Any]:
    context = trace_page()
    context["lot"] |= {
        "state": "recalled",
        "recall": {
            "reason": "Kiểm tra thấy một số hộp bị nứt.",
            "on": date(2026, 9, 20),
            "what_to_do": "Không dùng; mang lại nơi mua để được hoàn tiền.",
        },
    }
    context["certificate"] |= {"state": "expired", "valid_until": date(2026, 2, 4)}
    return context


def province_rules() -> dict[str, Any]:
    words = [{"value": "x", "label": "Còn hạn giấy chứng nhận"}]
    return {
        "shell": OFFICER_SHELL,
        "action": "/bao-cao/cach-tinh",
        "may_decide": True,
        "rules": [
            {
                "number": 2,
                "valid_from": date(2026, 1, 1),
                "name": "Kế hoạch <b>12</b>",
                "denominator": "Còn hạn giấy chứng nhận",
                "listing_rule": "Đủ số ngày hiển thị",
                "days": (30, 90),
                "least_evidence": "Cán bộ đã xem",
                "off_season": "Không tính vào tổng số",
                "marketplaces": ["Postmart", "Voso"],
                "created_by": "Minh",
            }
        ],
        "choices": dict.fromkeys(("denominator", "listing_rule", "least_evidence", "off_season"), words),
        "boxes": [{"name": "san_sendo", "text": "Sendo", "ticked": True, "closed_on": date(2026, 7, 1)}],
        "values": dict.fromkeys(
            (
                "name",
                "valid_from",
                "denominator",
                "listing_rule",
                "least_evidence",
                "off_season",
                "live_days",
                "period_days",
            ),
            "",
        ),
        "errors": [{"field": "marketplaces", "problem": "Hãy chọn ít nhất một sàn để tính tỷ lệ."}],
    }


def dashboard_refused() -> dict[str, Any]:
    asked = dashboard()
    return {
        "shell": OFFICER_SHELL,
        "place_label": asked["place_label"],
        "filters": asked["filters"],
        "errors": [{"field": "as_of", "problem": "Ngày 01/01/2999 chưa đến nên chưa có số liệu."}],
    }


def dashboard() -> dict[str, Any]:
    return {
        "shell": OFFICER_SHELL,
        "place_label": f"{SITE.type_label} {SITE.place}",
        "figure": {
            "ratio": 393 / 437,
            "listed": 393,
            "counted": 437,
            "as_of": TODAY,
            "closed": False,
            "document_number": "",
            "list_href": "#",
            "not_listed_href": "#",
            "not_listed": 44,
            "unknown": 6,
        },
        "rule": {
            "number": 2,
            "valid_from": date(2026, 1, 1),
            "denominator_label": "Còn hạn giấy chứng nhận",
            "official": True,
            "href": "#",
        },
        "target": {"ratio": 0.7, "reached": 393 / 437 / 0.7},
        "change": {
            "since": date(2026, 8, 31),
            "points": 0.014,
            "reasons": [
                {"text": "sản phẩm mới đang hiển thị", "count": 9, "href": "#"},
                {"text": "sản phẩm không còn trên sàn", "count": 3, "href": "#"},
                {"text": "giấy chứng nhận hết hạn", "count": 2, "href": "#"},
            ],
        },
        "sentence": "Tính đến ngày 30/9/2026, 393/437 sản phẩm OCOP còn hạn giấy chứng nhận đã lên sàn TMĐT, đạt 89,9%.",
        "grades": [
            {"code": "api", "count": 150},
            {"code": "link", "count": 201},
            {"code": "seen", "count": 30},
            {"code": "declared", "count": 12},
        ],
        "units": [
            {"name": "Đặc khu Cô Tô", "href": "#", "listed": 14, "counted": 15},
            {"name": "Xã Ba Chẽ", "href": "#", "listed": 20, "counted": 31},
            {"name": "Xã Hải Lạng", "href": "#", "listed": 9, "counted": 9},
            {"name": "Phường Móng Cái 1", "href": "#", "listed": 0, "counted": 3},
        ],
        "units_without": ["Phường Việt Hưng", "Xã Cái Chiên"],
        "closed": {
            "ratio": 0.899,
            "listed": 393,
            "counted": 437,
            "document_number": "123/BC-SNNMT",
            "href": "#",
        },
        "periods_href": "#",
        "targets_href": "#",
        "work_href": "#",
        "indicators_href": "#",
        "geo_label": "Theo địa giới hiện nay",
        "chase": [
            {
                "name": "HTX Dược liệu Ba Chẽ",
                "place": "Xã Ba Chẽ",
                "missing": 4,
                "phone": "0203 000 0001",
                "href": "#",
            },
            {
                "name": "Hộ kinh doanh 01 (Cô Tô)",
                "place": "Đặc khu Cô Tô",
                "missing": 1,
                "phone": "",
                "href": "#",
            },
        ],
        "chase_units": [
            {"name": "Xã Ba Chẽ", "missing": 11, "href": "#"},
            {"name": "Phường A", "missing": 3, "href": "#"},
        ],
        "part_label": "Hạng sao: 4",
        "charts": [
            {
                "id": "month",
                "src": QR,
                "svg": "",
                "width": 900,
                "height": 280,
                "title": "Tỷ lệ lên sàn theo tháng",
                "alt": "Tăng từ 81,2% tháng 4 lên 89,9% tháng 9/2026",
                "head": ["Tháng", "Đã lên sàn", "Tỷ lệ"],
                "rows": [["8/2026", "387/437", "88,6%"], ["9/2026", "393/437", "89,9%"]],
                "table_href": "#don-vi",
                "files": [{"name": "PNG", "href": "#"}],
            },
            {
                "id": "map",
                "src": "",
                "svg": Markup('<svg width="860" height="60" role="img" aria-label="Bản đồ"></svg>'),
                "width": 860,
                "height": 60,
                "title": "Tỷ lệ lên sàn của từng đơn vị",
                "alt": "",
                "head": [],
                "rows": [],
                "table_href": "#don-vi",
                "files": [{"name": "PNG", "href": "#"}],
            },
        ],
        "order_links": [Link("Theo tên", "#", current=True), Link("Xếp hạng theo tỷ lệ", "#")],
        "filters": {
            "action": "/province",
            "open": True,
            "kept": [("province", "22")],
            "as_of": "2026-09-30",
            "live_days": "",
            "choices": [
                {
                    "name": "stars",
                    "text": "Hạng sao",
                    "value": "4",
                    "options": [{"value": "4", "label": "4 sao"}],
                }
            ],
            "clear_href": "/province",
        },
        "monthly_href": "#",
        "new_month": {"month": "10/2026", "href": "#"},
        "compare": {"action": "/province/compare", "kept": [], "since": "2026-08-31", "href": "#"},
        "csv_href": "#",
        "files": [{"name": "DOCX", "href": "#"}],
    }


def province_monthly() -> dict[str, Any]:
    return {
        "shell": OFFICER_SHELL,
        "months": [
            {
                "month": "9/2026",
                "as_of": TODAY,
                "ratio": 393 / 437,
                "listed": 393,
                "counted": 437,
                "rule_number": 2,
                "document_number": "123/BC-SNNMT",
                "made_at": NOW,
                "live_href": "#",
                "files": [{"name": "bao-cao-len-san-2026-09-30.docx", "href": "#"}],
            }
        ],
        "templates": [
            {"name": "Báo cáo tháng của Sở", "kind": "DOCX", "fill_href": "#", "retire_action": "/bo"}
        ],
        "fields": [{"name": "{{ty_le}}", "text": "Tỷ lệ"}],
        "may_add": True,
        "action": "/province/templates",
        "name": "",
        "errors": [{"field": "file", "problem": "Mẫu có trường {{abc}} mà hệ thống không có."}],
        "max_mb": 5,
    }


def province_compare() -> dict[str, Any]:
    before = {"day": date(2026, 8, 31), "ratio": 0.885, "listed": 387, "counted": 437}
    after = {"day": TODAY, "ratio": 393 / 437, "listed": 393, "counted": 437}
    moved = {
        "name": "Trà hoa vàng",
        "href": "#",
        "producer_name": "HTX Ba Chẽ",
        "unit_name": "Xã Ba Chẽ",
        "was": "Đã lên sàn",
        "now": "Chưa lên sàn",
        "why": "Không tìm thấy trên Voso từ 3/9/2026.",
        "next": "Chủ thể đưa lên sàn lại.",
    }
    empty = {"day": TODAY, "ratio": None, "listed": 0, "counted": 0}
    return {
        "shell": OFFICER_SHELL,
        "before": before,
        "after": after,
        "points": 0.014,
        "ways": [
            {"heading": "Mới lên sàn", "count": 9, "products": [moved | {"next": ""}]},
            {"heading": "Không còn trên sàn", "count": 1, "products": [moved]},
            {"heading": "Mới được tính", "count": 0, "products": []},
        ],
        "rows": [
            {"name": "Xã Ba Chẽ", "before": before, "after": after, "points": 0.014},
            {"name": "Xã Cái Chiên", "before": empty, "after": after, "points": None},
        ],
        "row_head": "Đơn vị",
        "by": "unit",
        "by_options": [{"value": "unit", "label": "Đơn vị"}],
        "action": "/province/compare",
        "kept": [("stars", "4")],
        "as_of": "2026-09-30",
        "since": "2026-08-31",
        "csv_href": "#",
        "source": "Tính đến ngày 30/9/2026, cách tính số 2.",
    }


def province_list() -> dict[str, Any]:
    return {
        "shell": OFFICER_SHELL,
        "heading": "Sản phẩm chưa lên sàn",
        "as_of": TODAY,
        "rule": {"number": 2, "valid_from": date(2026, 1, 1)},
        "total": 44,
        "tabs": [
            Link("Đã lên sàn", "#"),
            Link("Chưa lên sàn", "#", current=True),
            Link("Không tính", "#"),
        ],
        "query": {"q": "", "unit": "", "reason": ""},
        "unit_options": [{"value": "", "label": "Tất cả"}],
        "reason_options": [{"value": "", "label": "Tất cả"}],
        "action": "/province/list",
        "csv_href": "#",
        "rows": [
            {
                "product_name": "Trà hoa vàng",
                "href": "#",
                "producer_name": "HTX Dược liệu Ba Chẽ",
                "unit_name": "Xã Ba Chẽ",
                "stars": 5,
                "certificate_state": "valid",
                "valid_until": date(2027, 2, 4),
                "listings": [
                    {
                        "marketplace_name": "Postmart",
                        "state": "deleted",
                        "in_stock": True,
                        "grade": "link",
                        "checked_at": NOW,
                        "link": "https://postmart.vn/x",
                    }
                ],
                "why": "Không tìm thấy trên sàn từ 12/9/2026.",
                "next": "Gọi chủ thể đăng lại.",
            },
            {
                "product_name": "Rượu sim",
                "href": "#",
                "producer_name": "HTX Lê Minh",
                "unit_name": "",
                "stars": None,
                "certificate_state": "expiring",
                "valid_until": None,
                "listings": [],
                "why": "Chưa nối gian hàng nào.",
                "next": "",
            },
        ],
        "previous": "",
        "next": "#2",
        "geo_label": "Theo địa giới hiện nay",
    }


PAGE_HEAD = PublicPage("https://ocop.vidu.vn", "/san-pham/1", "vi").head(
    "Trứng vịt biển Đồng Rui",
    "Trứng của đàn vịt thả tự nhiên.",
    picture=CardPicture("https://ocop.vidu.vn/media/a", 1600, 1200, "Trứng vịt biển"),
    about=[{"@type": "Product", "name": "Trứng </script>"}],
)


def catalogue() -> dict[str, Any]:
    return {
        "shell": OPEN_SHELL,
        "head": PAGE_HEAD,
        "query": {"q": "trứng", "group": "", "unit": "", "sao": "4"},
        "star_options": [{"value": "4", "label": "4 sao"}],
        "group_options": [{"value": "", "label": "Tất cả"}],
        "unit_options": [{"value": "", "label": "Tất cả"}],
        "action": "/products",
        "total": 437,
        "products": front()["products"],
        "previous": "",
        "next": "#2",
    }


def send_again() -> dict[str, Any]:
    return {
        "shell": PRODUCER_SHELL,
        "action": "/ban-lam-viec/san-pham/1/sua/cau-chuyen",
        "token": "c5rf",
        "fields": [("description", "Muối “tay”, ủ 20 ngày <b>")],
        "had_files": True,
    }


def sign_in() -> dict[str, Any]:
    return {
        "shell": OPEN_SHELL,
        "action": "/sign-in",
        "next": "/desk",
        "login": "0912",
        "resume": "/ban-lam-viec/san-pham/moi",
        "kept": '[false, [["name", "Mực"]]]',
        "errors": [{"field": "login", "problem": "Số điện thoại còn thiếu chữ số. Ghi đủ 10 chữ số."}],
        "demo_accounts": [
            {
                "role_label": "Chủ thể OCOP",
                "login": "0900 000 001",
                "passphrase": "mua-vang-1",
                "note": "HTX Đồng Tiến, 4 sản phẩm",
            },
            {
                "role_label": "Người hỗ trợ",
                "login": "0900 000 002",
                "passphrase": "mua-vang-2",
                "note": "Làm hộ cho ba hộ kinh doanh",
            },
            {
                "role_label": "Cán bộ cấp tỉnh",
                "login": "0900 000 003",
                "passphrase": "mua-vang-3",
                "note": "Toàn bộ số liệu",
            },
        ],
    }


def error() -> dict[str, Any]:
    return {
        "shell": OPEN_SHELL,
        "status": 404,
        "title": "Không tìm thấy",
        "detail": "Không có trang này, hoặc trang thuộc về chủ thể khác.",
        "fields": [],
        "next_links": [{"label": "Tìm sản phẩm theo tên", "href": "/products"}],
        "request_id": "01J",
    }


def indicator_values() -> dict[str, str]:
    names = (
        "code",
        "name",
        "unit",
        "day",
        "value",
        "target",
        "target_percent",
        "marketplace_key",
        "source",
    )
    return dict.fromkeys(names, "")


def province_indicators() -> dict[str, Any]:
    return {
        "shell": OFFICER_SHELL,
        "action": "#",
        "as_of": TODAY,
        "today": "2026-09-30",
        "rule_number": 2,
        "csv_href": "#",
        "xlsx_href": "#",
        "indicators": [
            {
                "code": "certified",
                "name": "Sản phẩm OCOP còn hạn giấy chứng nhận",
                "unit": "sản phẩm",
                "value": 437,
                "href": "#",
                "part": "Hạng sao",
                "parts": [{"name": "3 sao", "value": 326}, {"name": "4 sao", "value": 103}],
                "definition": "Giấy chứng nhận từ 3 sao trở lên, còn hiệu lực vào ngày tính.",
                "source": "Quyết định công nhận do cán bộ nhập",
                "as_of": TODAY,
            },
        ],
        "years": [{"as_of": TODAY, "participating": 560, "certified_ever": 470, "certified_valid": 437}],
        "entered": [
            {
                "name": "Tổ công nghệ số cộng đồng",
                "value": "1.240",
                "unit": "tổ",
                "target": "–",
                "reached": "125,6%",
                "as_of": TODAY,
                "source": "12/BC-SKHCN",
            }
        ],
        "may_enter": True,
        "code_options": [{"value": "", "label": "Chỉ tiêu khác, ghi tên bên dưới"}],
        "marketplace_options": [{"value": "", "label": "Toàn bộ"}],
        "values": indicator_values(),
        "errors": [{"field": "value", "problem": "Hãy ghi một số từ 0 trở lên."}],
    }


def province_indicator() -> dict[str, Any]:
    return {
        "shell": OFFICER_SHELL,
        "indicator": province_indicators()["indicators"][0],
        "rows": [{"name": "Trà hoa vàng", "part": "5 sao", "amount": 1}],
        "amounts": False,
        "csv_href": "#",
        "previous": "",
        "next": "#2",
    }


_CLOSED = {
    "name": "Tháng 9/2026",
    "as_of": TODAY,
    "listed": 393,
    "counted": 437,
    "ratio": 393 / 437,
    "document_number": "123/BC-SNNMT",
    "document_date": TODAY,
    "adjusted": True,
}


def open_overview() -> dict[str, Any]:
    return {
        "shell": OFFICER_SHELL,
        "action": "#",
        "stop_action": "#",
        "may_publish": True,
        "act": {
            "at": NOW,
            "licence": "Được dùng lại, ghi rõ nguồn",
            "licence_url": "",
            "document_number": "45/QĐ-SNNMT",
            "catalogue": True,
        },
        "figures": [_CLOSED],
        "datasets": [
            {"code": "coverage", "json": "#", "csv": "#"},
            {"code": "products", "json": "#", "csv": "#"},
        ],
        "widget_src": "#",
        "widget_code": "<iframe></iframe>",
        "bulletin_href": "#",
        "values": {"licence": "", "licence_url": "", "document_number": "", "catalogue": "khong"},
        "errors": [],
    }


def open_widget() -> dict[str, Any]:
    return {
        "place": "thành phố Quảng Ninh",
        "figure": {k: v for k, v in _CLOSED.items() if k != "name"},
        "href": "#",
    }


def open_bulletin() -> dict[str, Any]:
    return {
        "shell": OPEN_SHELL,
        "text": "Bản tin sản phẩm OCOP của thành phố Quảng Ninh.",
        "text_href": "#",
        "action": "#",
        "unit": "",
        "unit_options": [{"value": "", "label": "Toàn bộ"}],
    }


SAMPLES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "province_indicators": ("province/indicators.html", province_indicators),
    "province_indicator": ("province/indicator.html", province_indicator),
    "open_overview": ("open/overview.html", open_overview),
    "open_widget": ("open/widget.html", open_widget),
    "open_bulletin": ("open/bulletin.html", open_bulletin),
    "front": ("front.html", front),
    "catalogue": ("catalogue/products.html", catalogue),
    "desk_products": ("desk/products.html", desk_products),
    "desk_bulk": ("desk/bulk.html", desk_bulk),
    "desk_bulk_done": ("desk/bulk.html", desk_bulk_done),
    "desk_product": ("desk/product.html", desk_product),
    "desk_import": ("desk/import.html", desk_import),
    "desk_import_preview": ("desk/import.html", desk_import_preview),
    "desk_import_done": ("desk/import.html", desk_import_done),
    "desk_import_refused": ("desk/import.html", desk_import_refused),
    **{f"desk_edit_{slug}": ("desk/edit.html", partial(desk_edit, slug)) for slug in BY_SLUG},
    "desk_steps": ("desk/steps.html", desk_steps),
    "desk_variant": ("desk/variant.html", desk_variant),
    "desk_history": ("desk/history.html", desk_history),
    "approvals": ("officer/approvals.html", approvals),
    "approval": ("officer/approval.html", approval),
    "desk_photos": ("desk/photos.html", desk_photos),
    "desk_share": ("desk/share.html", desk_share),
    "desk_story": ("desk/story.html", desk_story),
    "desk_lot": ("desk/lot.html", desk_lot),
    "desk_label": ("desk/label.html", desk_label),
    "product_label": ("desk/product_label.html", product_label),
    "import_lots": ("desk/import_lots.html", import_lots),
    "desk_journal": ("desk/journal.html", desk_journal),
    "desk_event": ("desk/event.html", desk_event),
    "desk_recall": ("desk/recall.html", desk_recall),
    "desk_run": ("desk/run.html", desk_run),
    "desk_alerts": ("desk/alerts.html", desk_alerts),
    "desk_studio": ("desk/studio.html", desk_studio),
    "publish_bulk": ("desk/publish_bulk.html", publish_bulk),
    "publish_progress": ("desk/publish_progress.html", publish_progress),
    "publish_health": ("desk/publish_health.html", publish_health),
    "hooks": ("desk/hooks.html", hooks),
    "categories": ("officer/categories.html", categories),
    "category": ("officer/category.html", category),
    "reason_words": ("officer/reasons.html", reason_words),
    "fees": ("officer/fees.html", fees),
    "to_see": ("officer/to_see.html", to_see),
    "seen": ("officer/seen.html", seen),
    "publish_calls": ("desk/publish_calls.html", publish_calls),
    "doubles": ("desk/doubles.html", doubles),
    "desk_stall_items": ("desk/stall_items.html", stall_items),
    "desk_drift": ("desk/drift.html", desk_drift),
    "desk_stall_consent": ("desk/stall_consent.html", desk_stall_consent),
    "desk_recalled": ("desk/recalled.html", desk_recalled),
    "desk_stalls": ("desk/stalls.html", desk_stalls),
    "decisions": ("officer/decisions.html", decisions),
    "catalogue_product": ("catalogue/product.html", catalogue_product),
    "catalogue_shelf": ("catalogue/shelf.html", catalogue_shelf),
    "trace_page": ("trace/page.html", trace_page),
    "trace_report": ("trace/report.html", trace_report),
    "desk_problems": ("desk/problems.html", desk_problems),
    "trace_recalled": ("trace/page.html", trace_recalled),
    "dashboard": ("province/dashboard.html", dashboard),
    "dashboard_refused": ("province/dashboard_refused.html", dashboard_refused),
    "province_monthly": ("province/monthly.html", province_monthly),
    "province_compare": ("province/compare.html", province_compare),
    "province_list": ("province/list.html", province_list),
    "province_rules": ("province/rules.html", province_rules),
    "sign_in": ("accounts/sign_in.html", sign_in),
    "send_again": ("accounts/send_again.html", send_again),
    "error": ("error.html", error),
}

SAMPLES |= samples_people.samples(PRODUCER_SHELL, OFFICER_SHELL)


@pytest.fixture(params=sorted(SAMPLES))
def sample(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """A template's name and a context for it; the test runs once for each."""
    template, build = SAMPLES[request.param]
    return template, build()


@pytest.fixture
def trace() -> tuple[str, dict[str, Any]]:
    """The buyer's page."""
    return "trace/page.html", trace_page()
