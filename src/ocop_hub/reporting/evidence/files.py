"""An evidence pack as one PDF, and as a zip of the PDF, its pictures, its data, and a manifest of their hashes."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from ocop_hub.certificates.validity import CertificateState
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.reporting.evidence.pack import EvidencePack, ListingProof, LotLog
from ocop_hub.traceability.models import EventKind, LotState

if TYPE_CHECKING:
    import typst

_TEMPLATE: Final = Path(__file__).parent.parent / "papers" / "report_templates" / "evidence-1.typ"
PDF_NAME: Final = "ho-so-minh-chung.pdf"
DATA_NAME: Final = "du-lieu.json"
MANIFEST_NAME: Final = "manifest.json"
GRADES: Final = {
    Grade.API: "Sàn xác nhận",
    Grade.LINK: "Đã kiểm tra đường dẫn",
    Grade.SEEN: "Cán bộ đã xem",
    Grade.DECLARED: "Chủ thể khai",
}
STATES: Final = {
    ListingState.NONE: "Chưa đăng",
    ListingState.PREPARING: "Đang chuẩn bị",
    ListingState.SUBMITTED: "Đã gửi sàn",
    ListingState.IN_REVIEW: "Sàn đang duyệt",
    ListingState.LIVE: "Đang hiển thị",
    ListingState.NEEDS_PERSON: "Chờ người làm",
    ListingState.REJECTED: "Sàn trả lại",
    ListingState.SUSPENDED: "Sàn tạm khóa",
    ListingState.UNLISTED: "Đã gỡ xuống",
    ListingState.DELETED: "Không còn trên sàn",
    ListingState.UNKNOWN: "Chưa kiểm tra được",
}
#: In place of ``rejected`` for what we refused before sending.
NOT_SENT: Final = "Chưa gửi"
CERTIFICATES: Final = {
    CertificateState.VALID: "Còn hạn",
    CertificateState.EXPIRING: "Sắp hết hạn",
    CertificateState.EXPIRED: "Hết hạn",
    CertificateState.WITHDRAWN: "Đã thu hồi",
}
LOTS: Final = {
    LotState.RELEASED: "Đã công bố",
    LotState.RECALLED: "Thu hồi",
    LotState.CLOSED: "Đã kết thúc",
    LotState.DRAFT: "Đang ghi",
}
EVENTS: Final = {
    EventKind.HARVEST: "Thu hoạch",
    EventKind.PURCHASE: "Mua nguyên liệu",
    EventKind.FIRST_PROCESSING: "Sơ chế",
    EventKind.PROCESSING: "Chế biến",
    EventKind.INSPECTION: "Kiểm tra",
    EventKind.PACKING: "Đóng gói",
    EventKind.PRODUCTION_PLACE: "Nơi sản xuất",
    EventKind.SHIPPING: "Xuất hàng",
    EventKind.RECEIVING: "Nhận hàng",
    EventKind.SALE: "Bán hàng",
    EventKind.RECALL: "Thu hồi",
}


def evidence_pdf(pack: EvidencePack) -> bytes:
    """The pack on paper. Takes tenths of a second: call it in a thread."""
    import typst  # a typesetter with its fonts: loaded where something is set, not in a web process at rest

    with tempfile.TemporaryDirectory(prefix="ocop-hub-evidence-") as folder:
        shutil.copyfile(_TEMPLATE, Path(folder) / "main.typ")
        for name, content in pack.files.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        written = json.dumps(_paper(pack), ensure_ascii=False)
        (Path(folder) / "pack.json").write_text(written, encoding="utf-8")
        compiler = typst.Compiler(
            str(Path(folder) / "main.typ"), root=folder, font_paths=_fonts(), ignore_system_fonts=True
        )
        made = compiler.compile(format="pdf")
    if not isinstance(made, bytes):
        raise TypeError("one document was expected")
    return made


@cache
def _fonts() -> typst.Fonts:
    import typst  # as above

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def evidence_zip(pack: EvidencePack) -> bytes:
    """The PDF, the pictures, the data, and ``manifest.json``: of each file its size and SHA-256."""
    data = {name: value for name, value in asdict(pack).items() if name != "files"}
    files = {
        PDF_NAME: evidence_pdf(pack),
        DATA_NAME: json.dumps(data, ensure_ascii=False, indent=2, default=_plain).encode(),
        **pack.files,
    }
    manifest = {
        "product": str(pack.product_id),
        "made_at": pack.made_at.isoformat(),
        "files": [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        ],
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in files.items():
            box.writestr(name, content)
        box.writestr(MANIFEST_NAME, json.dumps(manifest, ensure_ascii=False, indent=2))
    return out.getvalue()


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Enum):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not written to JSON")


def _day(day: date | None) -> str:
    return f"{day.day}/{day.month}/{day.year}" if day else "–"


def _moment(at: datetime) -> str:
    local = at.astimezone(clock.BUSINESS_ZONE)
    return f"{local:%H:%M} {_day(local.date())}"


def _paper(pack: EvidencePack) -> dict[str, Any]:
    """The pack in the words of the page."""
    return {
        "product": pack.product_name,
        "group": pack.group_name,
        "producer": pack.producer_name,
        "place": pack.place,
        "made_at": _moment(pack.made_at),
        "description": pack.description,
        "story": pack.story,
        "trace": pack.trace_uri,
        "page": pack.page_url,
        "label": pack.label,
        "photos": pack.photos,
        "certificates": [
            {
                "stars": each.stars,
                "number": each.number or "–",
                "decision": " · ".join(filter(None, (each.decision_number, each.issuer))) or "–",
                "valid": f"{_day(each.valid_from)} – {_day(each.valid_until)}",
                "state": CERTIFICATES[each.state] if each.state else "–",
            }
            for each in pack.certificates
        ],
        "listings": [_listing(each) for each in pack.listings],
        "lots": [_lot(each) for each in pack.lots],
    }


def _listing(proof: ListingProof) -> dict[str, Any]:
    return {
        "marketplace": proof.marketplace,
        "stall": proof.stall,
        "state": NOT_SENT if proof.not_sent else STATES[proof.state],
        "grade": GRADES[proof.grade] if proof.grade else "–",
        "url": proof.url,
        "looks": [
            {
                "at": _moment(look.at),
                "grade": GRADES[look.grade],
                "state": STATES[look.state],
                "picture": look.picture,
            }
            for look in proof.looks
        ],
    }


def _lot(lot: LotLog) -> dict[str, Any]:
    return {
        "code": lot.code,
        "state": LOTS[lot.state],
        "produced": _day(lot.produced_on),
        "best_before": _day(lot.best_before),
        "steps": [
            {
                "kind": EVENTS[step.kind],
                "at": _day(clock.business_day(step.at)),
                "place": step.place,
                "note": step.note,
            }
            for step in lot.steps
        ],
        "seal": lot.steps[-1].chain_hash if lot.steps else "",
    }
