"""Made-up contexts for the pages of people, duplicates and decisions, as ``conftest`` gathers them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from ocop_hub.web.shell import Shell

NOW = datetime(2026, 9, 30, 3, 5, tzinfo=UTC)
CARD = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"
KINDS = [{"value": "hop_tac_xa", "label": "Hợp tác xã"}, {"value": "ho_kinh_doanh", "label": "Hộ kinh doanh"}]
STARS = [{"value": "3", "label": "3"}, {"value": "4", "label": "4"}]
NAME = "HTX Dược liệu Ba Chẽ"

Build = Callable[[], dict[str, Any]]


def samples(own: Shell, office: Shell) -> dict[str, tuple[str, Build]]:
    """Template and context by name; ``own`` is a producer's or helper's shell."""
    built: dict[str, tuple[str, Shell, Build]] = {
        "producers": ("desk/producers.html", office, producers),
        "producer": ("desk/producer.html", own, producer),
        "place": ("desk/place.html", own, place),
        "code": ("desk/code.html", office, code),
        "members": ("desk/members.html", own, members),
        "mandates": ("desk/mandates.html", own, mandates),
        "acts": ("desk/acts.html", own, acts),
        "helping": ("desk/helping.html", own, helping),
        "duplicates": ("officer/duplicates.html", office, duplicates),
        "stars": ("officer/stars.html", office, stars),
        "decision": ("officer/decision.html", office, decision),
        "certificate": ("officer/certificate.html", office, certificate),
    }
    return {name: (template, _with(shell, build)) for name, (template, shell, build) in built.items()}


def _with(shell: Shell, build: Build) -> Build:
    return lambda: {"shell": shell, **build()}


def producers() -> dict[str, Any]:
    return {
        "action": "#",
        "q": "",
        "next": "#2",
        "ask_href": "#a",
        "duplicates_href": "#d",
        "producers": [
            {
                "name": NAME,
                "href": "#",
                "kind": "Hợp tác xã",
                "place": "Xã Ba Chẽ",
                "products": n,
                "products_href": "#p",
                "waiting": n // 2,
                "claimed": bool(n),
            }
            for n in (4, 1, 0)
        ],
    }


def producer() -> dict[str, Any]:
    fields = ("name", "kind", "phone", "email", "gln", "address", "tax_number")
    bank = ("bank_bin", "bank_account", "bank_holder")
    return {
        "name": NAME,
        "claimed": True,
        "action": "#",
        "may_change": True,
        "errors": [{"field": "tax_number", "problem": "Mã số thuế sai chữ số kiểm tra."}],
        "values": dict.fromkeys((*fields, *bank), ""),
        "has_personal_number": True,
        "kind_options": KINDS,
        "bank_options": [{"value": "", "label": "Chưa chọn"}, {"value": "970405", "label": "Agribank"}],
        "may_bank": True,
        "place": "Xã Ba Chẽ",
        "place_certified": "Thị trấn Ba Chẽ",
        "place_href": "#",
        "card_href": "/api/v1/producers/1/payment-card.svg",
        "products": 3,
        "products_href": "#",
        "members_href": "#",
        "mandates_href": "#",
        "acts_href": "#",
        "consent_action": "#",
        "consents": [
            {"name": "dong-y-phone", "label": "Số điện thoại", "given_at": NOW},
            {"name": "dong-y-address", "label": "Địa chỉ", "given_at": None},
        ],
        "code_action": "#",
    }


def place() -> dict[str, Any]:
    units = [{"id": "c-1", "name": "Xã Ba Chẽ"}]
    return {"q": "Ba Chẽ", "action": "#", "choose_action": "#", "back_href": "#", "units": units}


def code() -> dict[str, Any]:
    return {
        "name": NAME,
        "code": "7K2M-9QXT-4HWB",
        "address": "http://127.0.0.1:8000/nhan-ho-so/7K2M-9QXT-4HWB",
        "card_src": CARD,
        "expires_on": date(2026, 12, 30),
        "back_href": "#",
    }


def members() -> dict[str, Any]:
    one = {"name": "Nguyễn Thị Hòa", "role": "Chủ sở hữu", "since": NOW, "remove_action": "#"}
    return {
        "name": NAME,
        "members": [one, one | {"remove_action": ""}],
        "invite_action": "#",
        "role_options": [{"value": "editor", "label": "Người cùng làm"}],
        "errors": [],
    }


def _mandate(state: str) -> dict[str, Any]:
    return {
        "helper": "Phạm Thị Lan",
        "href": "#",
        "state": state,
        "since": NOW,
        "until": NOW,
        "covers": "Nhập sản phẩm",
        "agreed_how": "Ký trên giấy",
        "end_action": "#" if state == "valid" else "",
    }


def mandates() -> dict[str, Any]:
    asked = {"helper": "Phạm Thị Lan", "until": date(2027, 9, 30), "covers": "In tem", "asked_at": NOW}
    return {
        "name": NAME,
        "mandates": [_mandate("valid"), _mandate("ended"), _mandate("withdrawn")],
        "requests": [{**asked, "action": "#"}],
        "action": "#",
        "acts_href": "#",
        "values": {"helper_login": "", "until": "2027-09-30", "covers": "", "agreed_how": ""},
        "errors": [{"field": "until", "problem": "Ngày kết thúc phải từ hôm nay đến ba năm sau."}],
    }


def acts() -> dict[str, Any]:
    act = {"at": NOW, "who": "Phạm Thị Lan", "what": "Thêm ảnh", "whose": ""}
    return {"name": NAME, "next": "#2", "acts": [act]}


def helping() -> dict[str, Any]:
    return {
        "mandates": [_mandate("valid")],
        "acts": [{"at": NOW, "who": "Phạm Thị Lan", "what": "Thêm ảnh", "whose": NAME}],
        "search_action": "#",
        "q": "ba che",
        "found": [{"id": "1", "name": NAME, "place": "Xã Ba Chẽ"}],
        "producer_id": "1",
        "action": "#",
        "values": {"until": "2027-09-30", "covers": ""},
        "errors": [],
    }


def duplicates() -> dict[str, Any]:
    def side(n: int, **more: Any) -> dict[str, Any]:
        about = ["Hợp tác xã", "Xã Ba Chẽ", ""]
        known = {"id": str(n), "name": NAME, "href": "#", "about": about, "claimed": n == 1}
        return {**known, "lots": n, "listings": 0, **more}

    return {
        "action": "#",
        "errors": [],
        "producers": [{"same_tax_number": True, "sides": [side(1, products=3), side(2, products=0)]}],
        "products": [{"same_tax_number": False, "sides": [side(3, certificates=1), side(4, certificates=0)]}],
        "merges": [{"at": NOW, "gone": "HTX Ba Che", "kept": NAME, "reason": "", "split_action": "#"}],
    }


def stars() -> dict[str, Any]:
    one = {
        "id": "1",
        "name": "Trà hoa vàng",
        "href": "#",
        "producer_name": NAME,
        "declared": 4,
        "stars": "4",
        "decision": "",
        "reason": "",
        "action": "#",
    }
    return {
        "products": [one],
        "decision_options": [{"value": "", "label": "Chọn quyết định"}],
        "star_options": STARS,
        "decisions_href": "#",
        "errors": [{"field": "decision-1", "problem": "Hãy chọn quyết định."}],
        "next": "",
    }


def decision() -> dict[str, Any]:
    names = [f"{field}-{n}" for n in range(2) for field in ("name", "producer", "commune", "group", "stars")]
    one = {
        "product_name": "Trà hoa vàng",
        "producer_name": NAME,
        "href": "#",
        "stars": 4,
        "proposed_five": True,
        "state": "valid",
        "until": NOW,
        "outcome": "Nâng hạng",
    }
    return {
        "number": "4261/QĐ-UBND",
        "issued_on": date(2025, 12, 1),
        "issuer": "Ủy ban nhân dân cấp tỉnh",
        "total": 1,
        "import_href": "#",
        "errors": [],
        "next": "",
        "certificates": [one],
        "action": "#",
        "rows": 2,
        "values": dict.fromkeys(names, ""),
        "group_options": [{"value": "Đồ uống", "label": "Đồ uống"}],
        "star_options": STARS,
    }


def certificate() -> dict[str, Any]:
    return {
        "product_name": "Trà hoa vàng",
        "product_href": "#",
        "number": "12",
        "decision_number": "4261/QĐ-UBND",
        "decision_href": "#",
        "stars": 4,
        "proposed_five": False,
        "state": "valid",
        "since": NOW,
        "until": NOW,
        "outcome": "Công nhận lại",
        "withdrawn_at": None,
        "withdrawn_reason": "",
        "action": "#",
        "values": {"reason": "", "from_day": ""},
        "today": "2026-09-30",
        "errors": [],
    }
