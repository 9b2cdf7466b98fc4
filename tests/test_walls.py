"""The two walls (decision 0003): every route × role × own, foreign or missing; and the database's own wall.

A route that no row of ``ROUTES`` describes fails the suite, and so does a row without its route. The people are
those of ``tests.builders``: Hoa with her producer in Ba Chẽ, Lan who helps her, Minh the officer of that
commune; what is foreign belongs to Bình in Bãi Cháy.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import Enum, auto
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from PIL import Image
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from tests import builders
from tests.conftest import Cluster
from tests.printed_templates import xlsx_template

from ocop_hub.accounts.models import User
from ocop_hub.accounts.service import create_api_token
from ocop_hub.app import create_app
from ocop_hub.catalogue.models import ProductReview, ProductStatus, ProductVariant, ReviewVerdict
from ocop_hub.catalogue.photo_urls import ask_photos
from ocop_hub.catalogue.spoken import keep_recording
from ocop_hub.db import APP_ROLE, OWNER_ROLE, PUBLIC, SYSTEM, Database, Scope, ScopeKind
from ocop_hub.intake import lot_runs
from ocop_hub.intake.runs import SentFile, take
from ocop_hub.kit import clock
from ocop_hub.marketplaces.adapters.shopee.signing import sign_push
from ocop_hub.marketplaces.contract import ListingState, Mode
from ocop_hub.media import Media
from ocop_hub.producers.actor import SYSTEM_ACTOR, Role
from ocop_hub.producers.claims import code_hash
from ocop_hub.producers.merging import merge_producers
from ocop_hub.producers.models import (
    ClaimCode,
    CodePurpose,
    MandateRequest,
    MemberRole,
    Producer,
    ProducerMember,
)
from ocop_hub.publishing.handover import service as handover
from ocop_hub.publishing.handover.models import HandoverRow
from ocop_hub.publishing.hooks import service as hooks
from ocop_hub.publishing.models import DoubleCause, ListingDouble
from ocop_hub.publishing.models_beside import BulkKind, BulkRow, BulkRun, BulkState, DriftAuthor, ListingDrift
from ocop_hub.publishing.models_office import CategoryLesson, CategoryTree
from ocop_hub.reporting.models import MonthlyReport
from ocop_hub.reporting.open_data.service import Terms, publish
from ocop_hub.reporting.papers import templates
from ocop_hub.reporting.periods import service as periods
from ocop_hub.reporting.targets.service import NewTarget, set_target
from ocop_hub.settings import MarketplaceSettings, Settings
from ocop_hub.traceability.codes import new_trace_code
from ocop_hub.traceability.epcis.capture import accept
from ocop_hub.traceability.labels import marks as label_marks
from ocop_hub.traceability.labels.activation import Part, block
from ocop_hub.traceability.labels.lot_keys import sealer_of
from ocop_hub.traceability.labels.papers import Measures, add_paper
from ocop_hub.traceability.labels.print_runs import RunPlan, plan_run
from ocop_hub.traceability.models import AlertKind, EventKind, Lot, LotState, RunKind, ScanAlert, TraceEvent
from ocop_hub.traceability.reports.models import ProblemReport, ReportKind


class Access(Enum):
    """Who may, and what the others are told."""

    #: Everyone, signed in or not; a path without things of a tenant.
    OPEN = auto()
    #: Whoever is signed in; a stranger 401.
    SIGNED_IN = auto()
    #: The user's own things only; another's are missing for everyone, operator included.
    OWN_USER = auto()
    #: What the producer made; an office sees it too, whoever else 404.
    OWN_MADE = auto()
    #: Officers of the province and operators; others 403, a stranger 401.
    OFFICE = auto()
    #: Officers of both levels; others 403, a stranger 401.
    REPORTS = auto()
    #: As REPORTS, the officer of a commune for things of her own only; another's are missing.
    OFFICERS = auto()
    #: Things of a tenant that everybody's buyer page shows too: a stranger sees all, a producer only her own.
    READ_PUBLIC = auto()
    #: Things of a tenant; a stranger 401, who may not see them 404.
    READ = auto()
    #: As READ, for a change: who only sees it is told 403 or 404.
    CHANGE = auto()
    #: As CHANGE, for the producer's owner and offices: her helper is told 403.
    OWNER = auto()
    #: As OWNER, for the owner in person: an office is told 403 too.
    IN_PERSON = auto()
    #: Helpers only, whosever the thing is; others 403, a stranger 401.
    HELPER = auto()


Ids = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """How to call one route. ``call`` makes httpx's arguments from the ids of the thing meant."""

    access: Access
    call: Callable[[Ids], dict[str, Any]] = field(default=lambda ids: {})
    #: True when the thing is gone, or in another state, after one call.
    once: bool = False
    #: True for a change of a tenant's things that names the tenant in its body.
    tenant: bool = False
    #: False where the officer of a commune has no part in it.
    commune: bool = True
    #: True for what is public and the same for everyone, whoever is signed in.
    same_for_all: bool = False


def body(**values: Any) -> Callable[[Ids], dict[str, Any]]:
    """A JSON body; a value ``"{name}"`` is that id."""

    def call(ids: Ids) -> dict[str, Any]:
        filled = {
            key: str(ids[value[1:-1]]) if isinstance(value, str) and value.startswith("{") else value
            for key, value in values.items()
        }
        return {"json": filled}

    return call


def form(**values: Any) -> Callable[[Ids], dict[str, Any]]:
    """A form's fields; ids as in :func:`body`."""
    filled = body(**values)
    return lambda ids: {"data": filled(ids)["json"]}


def _photo(ids: Ids) -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    return {"files": {"photo": ("anh.jpg", out.getvalue(), "image/jpeg")}}


def _seen(ids: Ids) -> dict[str, Any]:
    return {"files": {"picture": _photo(ids)["files"]["photo"]}}


MARK = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'
SPOKEN = b"OggS\x00\x02" + bytes(60)


def _recording(ids: Ids) -> dict[str, Any]:
    return {"files": {"recording": ("ke.ogg", SPOKEN, "audio/ogg")}}


SHEET = (
    "Tên sản phẩm;Chủ thể;Xã/phường;Nhóm sản phẩm;Hạng sao\n"
    "Miến dong;HTX Dược liệu Ba Chẽ;Xã Ba Chẽ;Thực phẩm;3 sao\n"
).encode()

LOT_SHEET = "Số lô;Tên sản phẩm;Ngày đóng gói\nL-9;Không có;05/9/2026\n".encode()


def _sheet(ids: Ids) -> dict[str, Any]:
    return {
        "files": {"file": ("san-pham.csv", SHEET, "text/csv")},
        "data": {"producer_id": str(ids["producer_id"]), "dry_run": "true"},
    }


def _patch_product(ids: Ids) -> dict[str, Any]:
    return {"json": {"description": "Mới"}, "headers": {"If-Match": '"1"'}}


def _push(ids: Ids) -> dict[str, Any]:
    """As Shopee signs it: over the address that was registered and the raw body."""
    said = '{"code": 1, "shop_id": 1, "timestamp": 1, "data": {}}'
    sign = sign_push("k" * 20, callback_url=f"{PUBLIC_URL}/hooks/marketplaces/shopee", raw_body=said)
    return {"content": said, "headers": {"Authorization": sign}}


def _register(ids: Ids) -> dict[str, Any]:
    last = "1" if str(ids["code"]).endswith("1") else "2"
    return {"data": {"login": f"097700111{last}", "passphrase": builders.PASSPHRASE}}


def _paper_json(ids: Ids) -> dict[str, Any]:
    return {"json": {"document_number": "9/BC", "document_date": str(clock.today()), "reason": "Đến muộn"}}


def _paper_form(ids: Ids) -> dict[str, Any]:
    return {"data": _paper_json(ids)["json"]}


STEP = {"at": "2026-09-28T08:00:00+07:00"}
FACTS = {"harvest": STEP, "first_processing": STEP, "packing": STEP, "place": {"unit_id": builders.BA_CHE}}

UNTIL = (clock.today() + timedelta(days=30)).isoformat()
EPCIS_DOCUMENT = {
    "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-09-30T08:00:00+07:00",
    "epcisBody": {"eventList": [{"type": "ObjectEvent"}]},
}

PUBLIC_URL = "http://127.0.0.1:8000"
#: One secret throughout: the stage seals keys that the walked application opens.
SETTINGS = Settings(
    _env_file=None,
    public_url=PUBLIC_URL,
    secret_key=SecretStr("w" * 40),
    marketplaces={"shopee": MarketplaceSettings(partner_id="2001887", partner_key=SecretStr("k" * 20))},
)

#: Every route of the application. New routes add their row here.
ROUTES: dict[str, Row] = {
    # accounts
    "POST /api/v1/session": Row(Access.OPEN, body(login="0912000001", passphrase=builders.PASSPHRASE)),
    "GET /api/v1/session": Row(Access.SIGNED_IN),
    "DELETE /api/v1/session": Row(Access.OPEN),
    "GET /dang-nhap": Row(Access.OPEN),
    "POST /dang-nhap": Row(
        Access.OPEN, lambda ids: {"data": {"login": "0912000001", "passphrase": builders.PASSPHRASE}}
    ),
    "POST /dang-xuat": Row(Access.OPEN),
    "POST /api/v1/tokens": Row(Access.SIGNED_IN, body(name="kho")),
    "GET /api/v1/tokens": Row(Access.SIGNED_IN),
    "DELETE /api/v1/tokens/{token_id}": Row(Access.OWN_USER, once=True),
    "GET /nhan-ho-so": Row(Access.OPEN),
    "GET /nhan-ho-so/{code}": Row(Access.OPEN),
    "POST /nhan-ho-so/{code}": Row(Access.OPEN, _register, once=True),
    # producers
    "GET /api/v1/me": Row(Access.SIGNED_IN),
    "GET /api/v1/producers": Row(Access.OPEN),
    "GET /api/v1/producers/{producer_id}": Row(Access.READ_PUBLIC),
    "POST /api/v1/producers": Row(Access.OFFICE, body(kind="hop_tac_xa", name="HTX Mới")),
    "PATCH /api/v1/producers/{producer_id}": Row(Access.CHANGE, body(address="Thôn 1")),
    "GET /api/v1/producers/{producer_id}/contact": Row(Access.READ),
    "GET /api/v1/producers/{producer_id}/payment-card.svg": Row(Access.READ),
    "GET /api/v1/producers/{producer_id}/members": Row(Access.READ),
    "DELETE /api/v1/producers/{producer_id}/members/{user_id}": Row(Access.OWNER, once=True),
    "POST /api/v1/producers/{producer_id}/invitations": Row(Access.OWNER, body(role="editor")),
    "POST /api/v1/producers/{producer_id}/claim-codes": Row(Access.OFFICE, body(again=True)),
    "GET /api/v1/producers/{producer_id}/mandates": Row(Access.READ),
    "POST /api/v1/producers/{producer_id}/mandates": Row(
        Access.OWNER, body(helper_login="+84977000001", until=UNTIL, agreed_how="Ký giấy")
    ),
    "POST /api/v1/mandates/{mandate_id}/withdraw": Row(Access.OWNER, once=True),
    "POST /api/v1/claims": Row(Access.SIGNED_IN, lambda ids: {"json": {"code": ids["new"]}}),
    "POST /api/v1/producers/{producer_id}/mandate-requests": Row(Access.HELPER, body(until=UNTIL)),
    "POST /api/v1/mandate-requests/{request_id}/answer": Row(Access.OWNER, body(agree=True), once=True),
    "GET /api/v1/producers/{producer_id}/consents": Row(Access.READ),
    "PUT /api/v1/producers/{producer_id}/consents": Row(Access.IN_PERSON, body(purposes=["phone"])),
    "GET /ban-lam-viec/co-so": Row(Access.SIGNED_IN),
    "GET /ban-lam-viec/co-so/{producer_id}": Row(Access.READ),
    "POST /ban-lam-viec/co-so/{producer_id}": Row(Access.CHANGE, form(address="Thôn 1")),
    "POST /ban-lam-viec/co-so/{producer_id}/dong-y": Row(Access.IN_PERSON, form(**{"dong-y-phone": "1"})),
    "GET /ban-lam-viec/co-so/{producer_id}/noi": Row(Access.CHANGE),
    "GET /ban-lam-viec/co-so/{producer_id}/nguoi": Row(Access.READ),
    "POST /ban-lam-viec/co-so/{producer_id}/nguoi": Row(Access.OWNER, form(role="editor")),
    "POST /ban-lam-viec/co-so/{producer_id}/nguoi/{user_id}/bo": Row(Access.OWNER, once=True),
    "POST /ban-lam-viec/co-so/{producer_id}/ma-nhan": Row(Access.OFFICE),
    "GET /ban-lam-viec/co-so/{producer_id}/lam-ho": Row(Access.READ),
    "POST /ban-lam-viec/co-so/{producer_id}/lam-ho": Row(
        Access.OWNER, form(helper_login="+84977000001", until=UNTIL, agreed_how="Ký giấy")
    ),
    "GET /ban-lam-viec/co-so/{producer_id}/viec-lam-ho": Row(Access.READ),
    "GET /ban-lam-viec/lam-ho": Row(Access.HELPER),
    "POST /ban-lam-viec/lam-ho": Row(
        Access.HELPER, form(producer_id="{producer_id}", until=UNTIL), tenant=True
    ),
    "POST /ban-lam-viec/lam-ho/{mandate_id}/thoi": Row(Access.OWNER, once=True),
    "POST /ban-lam-viec/lam-ho/yeu-cau/{request_id}": Row(
        Access.OWNER, form(**{"tra-loi": "dong-y"}), once=True
    ),
    "GET /ban-lam-viec/trung": Row(Access.OFFICE),
    "POST /ban-lam-viec/trung": Row(
        Access.OFFICE, form(loai="producer", giu="{spare_id}", bo="{producer_id}"), once=True
    ),
    "POST /ban-lam-viec/trung/{merge_id}/tach": Row(Access.OFFICE, once=True),
    "GET /api/v1/producer-duplicates": Row(Access.OFFICE),
    "POST /api/v1/producers/{producer_id}/merge": Row(Access.OFFICE, body(into_id="{spare_id}"), once=True),
    "GET /api/v1/product-duplicates": Row(Access.OFFICE),
    "POST /api/v1/products/{product_id}/merge": Row(
        Access.OFFICE, body(into_id="{spare_product_id}"), once=True
    ),
    "POST /api/v1/merges/{merge_id}/undo": Row(Access.OFFICE, once=True),
    # places
    "GET /api/v1/places/search": Row(Access.OPEN, lambda ids: {"params": {"q": "Ba Chẽ"}}),
    "GET /api/v1/places/{unit_id}": Row(Access.OPEN),
    # catalogue
    "GET /api/v1/groups": Row(Access.OPEN),
    "GET /api/v1/products": Row(Access.OPEN),
    "POST /api/v1/products": Row(
        Access.CHANGE,
        body(producer_id="{producer_id}", name="Miến dong", group_code="thuc_pham"),
        tenant=True,
    ),
    # Rows name their producers themselves and are answered one by one (tests/catalogue/test_bulk_upsert.py).
    "POST /api/v1/products:upsert": Row(
        Access.SIGNED_IN, lambda ids: {"json": {"policy": "refuse_rows", "products": [{"name": "Miến"}]}}
    ),
    # What is found is the actor's own list; what may not be changed is left out (tests/desk/test_bulk.py).
    "POST /api/v1/products:edit": Row(
        Access.SIGNED_IN, lambda ids: {"json": {"find": {"words": "Miến"}, "set": {"storage": "Nơi khô"}}}
    ),
    "GET /api/v1/products/{product_id}": Row(Access.READ_PUBLIC),
    "PATCH /api/v1/products/{product_id}": Row(Access.CHANGE, _patch_product, once=True),
    "GET /api/v1/products/{product_id}/revisions": Row(Access.READ),
    "GET /api/v1/products/{product_id}/variants": Row(Access.READ_PUBLIC),
    "POST /api/v1/products/{product_id}/variants": Row(
        Access.CHANGE, lambda ids: {"json": {"label": "Hộp"}, "headers": {"If-Match": '"1"'}}, once=True
    ),
    "PATCH /api/v1/products/{product_id}/variants/{variant_id}": Row(
        Access.CHANGE, lambda ids: {"json": {"label": "Hộp"}, "headers": {"If-Match": '"1"'}}, once=True
    ),
    "DELETE /api/v1/products/{product_id}/variants/{variant_id}": Row(
        Access.CHANGE, lambda ids: {"headers": {"If-Match": '"1"'}}, once=True
    ),
    "POST /api/v1/products/{product_id}/revisions/{number}/restore": Row(
        Access.CHANGE, lambda ids: {"headers": {"If-Match": '"1"'}}
    ),
    "POST /api/v1/products/{draft_id}/submit": Row(Access.CHANGE, once=True),
    "POST /api/v1/products/{submitted_id}/approve": Row(
        Access.OFFICE, lambda ids: {"json": {}, "headers": {"If-Match": '"1"'}}, once=True
    ),
    "POST /api/v1/products/{submitted_id}/return": Row(
        Access.OFFICE, lambda ids: {"json": {"note": "Sửa"}, "headers": {"If-Match": '"1"'}}, once=True
    ),
    "GET /api/v1/products/{product_id}/reviews": Row(Access.READ),
    "GET /api/v1/approval-rules": Row(Access.OFFICE),
    "POST /api/v1/approval-rules": Row(Access.OFFICE, body(valid_from=UNTIL, needed_for="all")),
    "POST /api/v1/products/{product_id}/photos": Row(Access.CHANGE, _photo),
    "PATCH /api/v1/products/{product_id}/photos/{photo_id}": Row(Access.CHANGE, body(caption="Mặt trước")),
    "DELETE /api/v1/products/{product_id}/photos/{photo_id}": Row(Access.CHANGE, once=True),
    "POST /api/v1/products/{product_id}/photo-urls": Row(
        Access.CHANGE, body(urls=["https://anh.vidu.vn/1.jpg"])
    ),
    "GET /api/v1/products/{product_id}/photo-urls": Row(Access.CHANGE),
    "DELETE /api/v1/products/{product_id}/photo-urls/{fetch_id}": Row(Access.CHANGE, once=True),
    "POST /api/v1/products/{product_id}/recordings": Row(Access.CHANGE, _recording),
    "GET /api/v1/products/{product_id}/recordings": Row(Access.CHANGE),
    "GET /api/v1/products/{product_id}/recordings/{story_id}/audio": Row(Access.CHANGE),
    "DELETE /api/v1/products/{product_id}/recordings/{story_id}": Row(Access.CHANGE, once=True),
    # certificates
    "GET /api/v1/decisions": Row(Access.OPEN),
    "POST /api/v1/decisions": Row(Access.OFFICE, body(number="77/QĐ-UBND", issued_on="2026-03-01")),
    "GET /api/v1/decisions/{decision_id}": Row(Access.OPEN),
    "GET /api/v1/products/{product_id}/certificates": Row(Access.READ_PUBLIC),
    "POST /api/v1/certificates/{certificate_id}/withdraw": Row(
        Access.OFFICE, body(reason="Vi phạm"), once=True
    ),
    "GET /api/v1/certificates/expiring": Row(Access.SIGNED_IN),
    "GET /api/v1/declared-stars": Row(Access.OFFICE),
    "GET /ban-lam-viec/doi-chieu-sao": Row(Access.OFFICE),
    "POST /ban-lam-viec/doi-chieu-sao/{product_id}": Row(
        Access.OFFICE,
        lambda ids: {"data": {"viec": "khong", f"reason-{ids['product_id']}": "Không có trong danh sách"}},
    ),
    "GET /ban-lam-viec/quyet-dinh/{decision_id}": Row(Access.OFFICE),
    "POST /ban-lam-viec/quyet-dinh/{decision_id}": Row(
        Access.OFFICE,
        form(**{"name-0": "Miến", "producer-0": "HTX A", "group-0": "Thực phẩm", "stars-0": "3"}),
    ),
    "GET /ban-lam-viec/giay-chung-nhan/{certificate_id}": Row(Access.OFFICE),
    "POST /ban-lam-viec/giay-chung-nhan/{certificate_id}": Row(
        Access.OFFICE, form(reason="Vi phạm"), once=True
    ),
    "POST /api/v1/products/{product_id}/match-decision": Row(
        Access.OFFICE, body(decision_id="{decision_id}", stars=4)
    ),
    # traceability
    "POST /api/v1/products/{product_id}/lots": Row(Access.CHANGE, lambda ids: {"json": {"code": ids["new"]}}),
    "GET /api/v1/products/{product_id}/lots": Row(Access.READ),
    "GET /api/v1/products/{product_id}/label.svg": Row(Access.READ),
    "GET /api/v1/products/{product_id}/label.png": Row(Access.READ),
    "GET /api/v1/lots/{lot_id}": Row(Access.READ),
    "GET /api/v1/lots/{lot_id}/label.svg": Row(Access.READ),
    "GET /api/v1/lots/{lot_id}/label.png": Row(Access.READ),
    "POST /api/v1/lots/{lot_id}/events": Row(
        Access.CHANGE, body(kind="packing", occurred_at="2026-09-30T08:00:00+07:00")
    ),
    "POST /api/v1/lots/{lot_id}/four-facts": Row(Access.CHANGE, body(**FACTS), once=True),
    "POST /api/v1/lots/{lot_id}/release": Row(Access.CHANGE, once=True),
    "POST /api/v1/lots/{lot_id}/recall": Row(Access.CHANGE, body(reason="Sai hạn sử dụng"), once=True),
    "GET /api/v1/lots/{lot_id}/epcis": Row(Access.READ),
    "GET /api/v1/lots/{lot_id}/scans": Row(Access.READ),
    "POST /api/v1/lots/{lot_id}/papers": Row(
        Access.CHANGE, lambda ids: {"files": {"paper": ("kn.pdf", b"%PDF-1.7", "application/pdf")}}
    ),
    "GET /api/v1/event-templates": Row(Access.OPEN, lambda ids: {"params": {"group": "do_uong"}}),
    "GET /api/v1/buyer-reports": Row(Access.SIGNED_IN),
    "POST /api/v1/buyer-reports/{report_id}/answer": Row(Access.CHANGE, body(answer="Đã gọi lại")),
    "GET /api/v1/scan-alerts": Row(Access.SIGNED_IN),
    "POST /api/v1/scan-alerts/{alert_id}/answer": Row(Access.CHANGE, body(answer="Tem in thử")),
    "POST /epcis/v2/capture": Row(
        Access.CHANGE,
        lambda ids: {"json": EPCIS_DOCUMENT, "params": {"producer_id": str(ids["producer_id"])}},
        tenant=True,
    ),
    "GET /epcis/v2/capture/{capture_id}": Row(Access.READ),
    "GET /epcis/v2/events": Row(Access.SIGNED_IN),
    "GET /epcis/v2/events/{epcis_id:path}": Row(Access.READ),
    "GET /epcis/v2/capture": Row(Access.SIGNED_IN),
    "GET /epcis/v2": Row(Access.SIGNED_IN),
    "OPTIONS /epcis/v2": Row(Access.OPEN),
    "OPTIONS /epcis/v2/capture": Row(Access.OPEN),
    "OPTIONS /epcis/v2/events": Row(Access.OPEN),
    "GET /epcis/v2/{resource}": Row(Access.SIGNED_IN),
    "GET /epcis/v2/{resource}/{value}/events": Row(Access.SIGNED_IN),
    # labels
    "GET /api/v1/label-layouts": Row(Access.OPEN),
    "GET /api/v1/label-layouts/test.pdf": Row(Access.OPEN),
    "POST /api/v1/lots/{lot_id}/print-runs": Row(Access.CHANGE, body(kind="serial", count=2)),
    "GET /api/v1/lots/{lot_id}/print-runs": Row(Access.READ),
    "GET /api/v1/print-runs/{run_id}": Row(Access.READ),
    "GET /api/v1/print-runs/{run_id}/manifest.json": Row(Access.READ),
    "GET /api/v1/print-runs/{run_id}/sheet.pdf": Row(Access.CHANGE),
    "GET /api/v1/print-runs/{run_id}/labels.csv": Row(Access.CHANGE),
    "GET /api/v1/print-runs/{run_id}/labels.zpl": Row(
        Access.CHANGE, lambda ids: {"params": {"layout": "cuon-70x40"}}
    ),
    "POST /api/v1/print-runs/{run_id}/activate": Row(Access.CHANGE, body(), once=True),
    "POST /api/v1/print-runs/{run_id}/block": Row(Access.CHANGE, body(note="Mất cuộn"), once=True),
    "POST /api/v1/print-runs/{run_id}/unblock": Row(Access.CHANGE, body(note="Tìm lại được"), once=True),
    "POST /api/v1/print-runs/{run_id}/void": Row(Access.CHANGE, body(reason="In lệch"), once=True),
    "POST /api/v1/label-papers": Row(
        Access.CHANGE, body(producer_id="{producer_id}", name="Giấy tem", label=[60, 30]), tenant=True
    ),
    "GET /api/v1/label-papers": Row(Access.SIGNED_IN),
    "DELETE /api/v1/label-papers/{paper_id}": Row(Access.CHANGE, once=True),
    "POST /api/v1/label-mark": Row(Access.OFFICE, lambda ids: {"files": {"mark": ("dau.svg", MARK)}}),
    "GET /api/v1/label-mark": Row(Access.SIGNED_IN),
    "DELETE /api/v1/label-mark": Row(Access.OFFICE),
    # intake
    "POST /api/v1/imports": Row(Access.CHANGE, _sheet, tenant=True, commune=False),
    "GET /api/v1/imports/{import_id}": Row(Access.READ, commune=False),
    "GET /api/v1/imports/{import_id}/marked.xlsx": Row(Access.READ, commune=False),
    "POST /api/v1/imports/{import_id}/columns": Row(
        Access.CHANGE, body(columns={"Ghi chú": ""}), commune=False
    ),
    "GET /api/v1/imports/sample.xlsx": Row(Access.SIGNED_IN),
    "POST /api/v1/imports/{import_id}/answers": Row(Access.CHANGE, body(answers={}), commune=False),
    "POST /ban-lam-viec/nhap-tep/{import_id}/noi-lai": Row(Access.CHANGE, form(phong="giu"), commune=False),
    "GET /api/v1/products/export": Row(Access.SIGNED_IN),
    "POST /api/v1/lot-imports": Row(
        Access.CHANGE, lambda ids: {"files": {"file": ("lo.csv", LOT_SHEET, "text/csv")}}
    ),
    "GET /api/v1/lot-imports/{lot_import_id}": Row(Access.READ, commune=False),
    "GET /api/v1/lot-imports/{lot_import_id}/marked.xlsx": Row(Access.READ, commune=False),
    "POST /api/v1/lot-imports/{lot_import_id}/columns": Row(
        Access.CHANGE, body(columns={"Ghi chú": None}), commune=False
    ),
    "POST /api/v1/lot-imports/{lot_import_id}/store": Row(Access.CHANGE, once=True, commune=False),
    "POST /api/v1/imports/{import_id}/store": Row(Access.CHANGE, once=True, commune=False),
    # publishing
    "GET /api/v1/marketplaces": Row(Access.OPEN),
    "POST /api/v1/stalls": Row(
        Access.CHANGE,
        body(producer_id="{producer_id}", marketplace="shopee", shop_id="{new}", name="Gian hàng"),
        tenant=True,
    ),
    "POST /api/v1/stalls/{stall_id}/credentials": Row(
        Access.CHANGE, body(credentials={"access_token": "mã mới"})
    ),
    "GET /api/v1/stalls": Row(Access.SIGNED_IN),
    "GET /api/v1/stalls/{stall_id}": Row(Access.READ),
    "GET /api/v1/stalls/{stall_id}/items": Row(Access.READ),
    "POST /api/v1/stalls/{stall_id}/adopt-matched": Row(Access.CHANGE),
    "POST /api/v1/shop-items/{item_id}/adopt": Row(Access.CHANGE),
    "POST /api/v1/shop-items/{item_id}/ignore": Row(Access.CHANGE),
    "POST /api/v1/products/{product_id}/listings": Row(Access.CHANGE, body(account_id="{account_id}")),
    "GET /api/v1/listings": Row(Access.SIGNED_IN),
    "GET /api/v1/listings/{listing_id}": Row(Access.READ),
    "POST /api/v1/listings/{listing_id}/link": Row(
        Access.CHANGE, body(url="https://postmart.vn/p/tra-hoa-vang-7.html")
    ),
    "POST /api/v1/listings/{listing_id}/refresh": Row(Access.CHANGE),
    "POST /api/v1/listings/{listing_id}/unlist": Row(Access.CHANGE),
    "GET /api/v1/listings/{listing_id}/preview": Row(Access.READ),
    "GET /api/v1/listings/{listing_id}/pack.zip": Row(Access.READ),
    # pages
    "GET /": Row(Access.OPEN),
    "GET /tem-mau.svg": Row(Access.OPEN),
    "GET /san-pham": Row(Access.OPEN),
    "GET /san-pham/{product_id}": Row(Access.OPEN),
    "GET /co-so/{producer_id}": Row(Access.OPEN),
    "GET /xa/{unit_id}": Row(Access.OPEN),
    "GET /robots.txt": Row(Access.OPEN),
    "GET /sitemap.xml": Row(Access.OPEN, same_for_all=True),
    "GET /sitemap-{part}.xml": Row(Access.OPEN, same_for_all=True),
    "GET /ban-lam-viec": Row(Access.SIGNED_IN),
    "GET /ban-lam-viec/sua-nhieu": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/sua-nhieu": Row(Access.SIGNED_IN, form(storage="Nơi khô")),
    "GET /ban-lam-viec/san-pham/moi": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/san-pham/moi": Row(
        Access.CHANGE,
        form(producer_id="{producer_id}", name="Miến dong", group_code="thuc_pham"),
        tenant=True,
    ),
    "GET /ban-lam-viec/san-pham/{product_id}": Row(Access.READ),
    "GET /ban-lam-viec/san-pham/{product_id}/sua": Row(Access.CHANGE),
    "GET /ban-lam-viec/san-pham/{product_id}/sua/{step}": Row(Access.CHANGE),
    "POST /ban-lam-viec/san-pham/{product_id}/sua/{step}": Row(
        Access.CHANGE, form(name="Trà hoa vàng", group_code="do_uong", revision="1"), once=True
    ),
    "POST /ban-lam-viec/san-pham/{draft_id}/gui": Row(Access.CHANGE, once=True),
    "GET /ban-lam-viec/san-pham/{product_id}/quy-cach/moi": Row(Access.CHANGE),
    "POST /ban-lam-viec/san-pham/{product_id}/quy-cach/moi": Row(
        Access.CHANGE, form(label="Hộp quà", revision="1"), once=True
    ),
    "GET /ban-lam-viec/san-pham/{product_id}/quy-cach/{variant_id}": Row(Access.CHANGE),
    "POST /ban-lam-viec/san-pham/{product_id}/quy-cach/{variant_id}": Row(
        Access.CHANGE, form(retired="1", revision="1"), once=True
    ),
    "GET /ban-lam-viec/san-pham/{product_id}/lich-su": Row(Access.READ),
    "POST /ban-lam-viec/san-pham/{product_id}/lich-su/{number}/khoi-phuc": Row(
        Access.CHANGE, form(revision="1")
    ),
    "GET /ban-lam-viec/duyet": Row(Access.OFFICE),
    "POST /ban-lam-viec/duyet": Row(Access.OFFICE, form(valid_from=UNTIL, needed_for="all")),
    "GET /ban-lam-viec/duyet/{submitted_id}": Row(Access.OFFICE),
    "POST /ban-lam-viec/duyet/{submitted_id}": Row(
        Access.OFFICE, form(verdict="approved", revision="1"), once=True
    ),
    "POST /ban-lam-viec/san-pham/{product_id}/anh": Row(
        Access.CHANGE, lambda ids: {"files": {"photos": _photo(ids)["files"]["photo"]}}
    ),
    "GET /ban-lam-viec/san-pham/{product_id}/anh": Row(Access.CHANGE),
    "POST /ban-lam-viec/san-pham/{product_id}/anh/{photo_id}": Row(Access.CHANGE, form(viec="0", caption="")),
    "POST /ban-lam-viec/san-pham/{product_id}/anh/duong-dan": Row(
        Access.CHANGE, form(urls="https://anh.vidu.vn/1.jpg")
    ),
    "POST /ban-lam-viec/san-pham/{product_id}/anh/duong-dan/{fetch_id}": Row(Access.CHANGE, form(viec="lai")),
    "GET /ban-lam-viec/san-pham/{product_id}/chia-se": Row(Access.CHANGE),
    "POST /ban-lam-viec/san-pham/{product_id}/chia-se": Row(
        Access.CHANGE, form(url="https://www.facebook.com/htx/posts/12")
    ),
    "POST /ban-lam-viec/san-pham/{product_id}/chia-se/phien": Row(
        Access.CHANGE, form(held_on="20/11/2026", channel="Facebook")
    ),
    "GET /ban-lam-viec/san-pham/{product_id}/ke-chuyen": Row(Access.CHANGE),
    "POST /ban-lam-viec/san-pham/{product_id}/ke-chuyen": Row(Access.CHANGE, _recording),
    "POST /ban-lam-viec/san-pham/{product_id}/ke-chuyen/chu": Row(
        Access.CHANGE, form(revision="1", story="Bà làm từ năm 1980"), once=True
    ),
    "POST /ban-lam-viec/san-pham/{product_id}/ke-chuyen/{story_id}/xoa": Row(Access.CHANGE, once=True),
    "POST /ban-lam-viec/san-pham/{product_id}/len-san/{account_id}": Row(Access.CHANGE),
    "POST /ban-lam-viec/tin-dang/{listing_id}/duong-dan": Row(
        Access.CHANGE, form(url="https://postmart.vn/p/tra-hoa-vang-7.html")
    ),
    "POST /ban-lam-viec/tin-dang/{listing_id}/kiem-tra": Row(Access.CHANGE),
    "POST /ban-lam-viec/tin-dang/{listing_id}/go": Row(Access.CHANGE),
    "POST /ban-lam-viec/muc/{item_id}/nhan": Row(Access.CHANGE),
    "POST /ban-lam-viec/muc/{item_id}/bo-qua": Row(Access.CHANGE),
    "GET /ban-lam-viec/san-pham/{product_id}/lo": Row(Access.CHANGE),
    "POST /ban-lam-viec/san-pham/{product_id}/lo": Row(
        Access.CHANGE,
        form(
            code="{new}",
            harvested_on="2026-09-28",
            processed_on="2026-09-28",
            packed_at="2026-09-29T08:00",
            unit_id=builders.BA_CHE,
        ),
    ),
    "GET /ban-lam-viec/lo/{lot_id}/thu-hoi": Row(Access.CHANGE),
    "POST /ban-lam-viec/lo/{lot_id}/thu-hoi": Row(
        Access.CHANGE, form(reason="Ghi sai hạn sử dụng"), once=True
    ),
    "GET /ban-lam-viec/san-pham/{product_id}/tem": Row(Access.READ),
    "GET /ban-lam-viec/lo/{lot_id}/nhat-ky": Row(Access.READ),
    "GET /ban-lam-viec/lo/{lot_id}/cong-doan": Row(Access.CHANGE),
    "POST /ban-lam-viec/lo/{lot_id}/cong-doan": Row(
        Access.CHANGE, form(kind="packing", at="2026-09-30T08:00", place="Xưởng")
    ),
    "GET /ban-lam-viec/nhap-lo": Row(Access.SIGNED_IN),
    "GET /ban-lam-viec/nhap-lo/mau.csv": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/nhap-lo": Row(
        Access.CHANGE, lambda ids: {"files": {"file": ("lo.csv", LOT_SHEET, "text/csv")}}
    ),
    "GET /ban-lam-viec/nhap-lo/{lot_import_id}": Row(Access.READ, commune=False),
    "GET /ban-lam-viec/nhap-lo/{lot_import_id}/ghi-chu.xlsx": Row(Access.READ, commune=False),
    "POST /ban-lam-viec/nhap-lo/{lot_import_id}": Row(
        Access.CHANGE, form(choice="good_rows"), once=True, commune=False
    ),
    "GET /giay-to/{event_id}/{position}": Row(Access.OPEN),
    "GET /ban-lam-viec/van-de": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/van-de/{report_id}": Row(Access.CHANGE, form(answer="Đã gọi lại")),
    "GET /bao-van-de": Row(Access.OPEN, lambda ids: {"params": {"tem": f"/t/{ids['trace_code']}"}}),
    "POST /bao-van-de": Row(
        Access.OPEN,
        lambda ids: {"data": {"tem": f"/t/{ids['trace_code']}", "kind": "other", "text": "Vỡ hộp"}},
    ),
    "POST /ban-lam-viec/lo/{lot_id}/tem": Row(Access.CHANGE, form(count="2", layout="a4-3x8", kind="serial")),
    "POST /ban-lam-viec/dot-in/{run_id}/kich-hoat": Row(Access.CHANGE, form(what="all"), once=True),
    "GET /ban-lam-viec/dot-in/{run_id}": Row(Access.READ),
    "POST /ban-lam-viec/dot-in/{run_id}/khoa": Row(
        Access.CHANGE, form(what="range", first="1", last="1", note="Mất"), once=True
    ),
    "POST /ban-lam-viec/dot-in/{run_id}/mo-khoa": Row(
        Access.CHANGE, form(what="all", note="Tìm lại được"), once=True
    ),
    "POST /ban-lam-viec/dot-in/{run_id}/huy": Row(Access.CHANGE, form(reason="In lệch"), once=True),
    "POST /ban-lam-viec/dot-in/{run_id}/in-lai": Row(Access.CHANGE, form(layout="a4-3x8")),
    "GET /ban-lam-viec/canh-bao": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/canh-bao/{alert_id}": Row(Access.CHANGE, form(answer="Tem in thử")),
    "GET /ban-lam-viec/kho-tem": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/kho-tem": Row(
        Access.CHANGE,
        form(
            producer_id="{producer_id}",
            name="Giấy tem",
            label_width="60",
            label_height="30",
            page_width="210",
            page_height="297",
        ),
        tenant=True,
    ),
    "POST /ban-lam-viec/kho-tem/{paper_id}/bo": Row(Access.CHANGE, once=True),
    "POST /ban-lam-viec/dau-ocop": Row(Access.OFFICE, lambda ids: {"files": {"mark": ("dau.svg", MARK)}}),
    "GET /ban-lam-viec/dau-ocop": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/dau-ocop/bo": Row(Access.OFFICE),
    "GET /ban-lam-viec/lo/{lot_id}": Row(Access.READ),
    "GET /ban-lam-viec/lo/{lot_id}/qr.svg": Row(Access.READ),
    "GET /ban-lam-viec/nhap-tep": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/nhap-tep": Row(Access.CHANGE, _sheet, tenant=True, commune=False),
    "GET /ban-lam-viec/nhap-tep/{import_id}": Row(Access.READ, commune=False),
    "POST /ban-lam-viec/nhap-tep/{import_id}": Row(
        Access.CHANGE, form(choice="good_rows"), once=True, commune=False
    ),
    "GET /ban-lam-viec/gian-hang": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/gian-hang/ket-noi": Row(
        Access.CHANGE, form(owner="{producer_id}", floor="shopee", name="Gian hàng"), tenant=True
    ),
    "POST /ban-lam-viec/gian-hang/{api_stall_id}/dang-nhap": Row(Access.CHANGE),
    "GET /ban-lam-viec/gian-hang/ve": Row(Access.SIGNED_IN),
    "GET /ban-lam-viec/len-san-hang-loat": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/len-san-hang-loat": Row(
        Access.CHANGE,
        form(act="look", kind="publish", marketplace="shopee", producer_id="{producer_id}"),
        tenant=True,
    ),
    "GET /ban-lam-viec/len-san-hang-loat/{bulk_id}": Row(Access.READ),
    "POST /api/v1/bulk-runs": Row(
        Access.CHANGE,
        body(kind="publish", marketplace="shopee", producer_id="{producer_id}"),
        tenant=True,
    ),
    "POST /api/v1/bulk-runs/dry-run": Row(
        Access.CHANGE,
        body(kind="publish", marketplace="shopee", producer_id="{producer_id}"),
        tenant=True,
    ),
    "GET /api/v1/bulk-runs/{bulk_id}": Row(Access.READ),
    "GET /api/v1/bulk-runs/{bulk_id}/rows": Row(Access.READ),
    "GET /ban-lam-viec/suc-khoe-san": Row(Access.OFFICE),
    "GET /ban-lam-viec/nganh-hang": Row(Access.OFFICE),
    "POST /ban-lam-viec/nganh-hang/{marketplace}/doc": Row(Access.OFFICE),
    "POST /ban-lam-viec/nganh-hang/de-xuat/{lesson_id}/bo-qua": Row(Access.OFFICE, once=True),
    "GET /ban-lam-viec/nganh-hang/{marketplace}/{group}": Row(Access.OFFICE),
    "POST /ban-lam-viec/nganh-hang/{marketplace}/{group}": Row(Access.OFFICE, form(category="1")),
    "GET /ban-lam-viec/loi-tu-choi": Row(Access.OFFICE),
    "POST /ban-lam-viec/loi-tu-choi": Row(
        Access.OFFICE, form(marketplace="shopee", code="x", cause_vi="a", step_vi="b")
    ),
    "GET /ban-lam-viec/phi-san": Row(Access.OFFICE),
    "POST /ban-lam-viec/phi-san": Row(
        Access.OFFICE, form(marketplace="shopee", valid_from="01/06/2026", share="5", source="Biểu phí")
    ),
    "GET /ban-lam-viec/can-xem": Row(Access.REPORTS),
    "GET /ban-lam-viec/can-xem/{listing_id}": Row(Access.OFFICERS),
    "POST /ban-lam-viec/can-xem/{listing_id}": Row(
        Access.OFFICERS,
        lambda ids: {**_seen(ids), **form(url="https://postmart.vn/p/tra-hoa-vang-7.html")(ids)},
    ),
    "GET /api/v1/listings-to-see": Row(Access.REPORTS),
    "POST /api/v1/listings/{listing_id}/seen": Row(
        Access.OFFICERS,
        lambda ids: {**_seen(ids), "data": {"url": "https://postmart.vn/p/tra-hoa-vang-7.html"}},
    ),
    "GET /ban-lam-viec/bao-he-thong": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/bao-he-thong": Row(
        Access.CHANGE, form(producer_id="{producer_id}", url="https://vidu.vn/hook"), tenant=True
    ),
    "POST /ban-lam-viec/bao-he-thong/{hook_id}/khoa-moi": Row(Access.CHANGE),
    "POST /ban-lam-viec/bao-he-thong/{hook_id}/ngung": Row(Access.CHANGE),
    "POST /ban-lam-viec/bao-he-thong/{hook_id}/gui-tiep": Row(Access.CHANGE),
    "POST /ban-lam-viec/bao-he-thong/{hook_id}/bo": Row(Access.CHANGE, once=True),
    "GET /api/v1/webhooks": Row(Access.SIGNED_IN),
    "POST /api/v1/webhooks": Row(
        Access.CHANGE, body(producer_id="{producer_id}", url="https://vidu.vn/hook"), tenant=True
    ),
    "POST /api/v1/webhooks/{hook_id}/rotate": Row(Access.CHANGE),
    "POST /api/v1/webhooks/{hook_id}/pause": Row(Access.CHANGE),
    "POST /api/v1/webhooks/{hook_id}/resume": Row(Access.CHANGE),
    "DELETE /api/v1/webhooks/{hook_id}": Row(Access.CHANGE, once=True),
    "GET /api/v1/categories/{market}": Row(Access.OFFICE),
    "POST /api/v1/categories/{market}/read": Row(Access.OFFICE),
    "GET /api/v1/category-mappings": Row(Access.OFFICE),
    "PUT /api/v1/category-mappings/{market}/{group}": Row(Access.OFFICE, body(category_id="1")),
    "GET /api/v1/category-lessons": Row(Access.OFFICE),
    "POST /api/v1/category-lessons/{lesson_id}/dismiss": Row(Access.OFFICE, once=True),
    "GET /api/v1/fees": Row(Access.OFFICE),
    "PUT /api/v1/fees": Row(
        Access.OFFICE,
        body(marketplace_key="shopee", valid_from="2026-06-01", share=500, fixed_vnd=0, source="Biểu phí"),
    ),
    "PUT /api/v1/reasons": Row(
        Access.OFFICE, body(marketplace_key="shopee", code="x", cause_vi="a", step_vi="b")
    ),
    "GET /ban-lam-viec/tin-dang/{listing_id}": Row(Access.READ),
    "GET /ban-lam-viec/gian-hang/{stall_id}/muc": Row(Access.READ),
    "POST /ban-lam-viec/gian-hang/{stall_id}/muc": Row(Access.CHANGE),
    "POST /ban-lam-viec/gian-hang/{stall_id}/muc/duong-dan": Row(
        Access.CHANGE, form(links="https://postmart.vn/p/tra-hoa-vang-7.html")
    ),
    "GET /ban-lam-viec/gian-hang/{stall_id}/trung": Row(Access.READ),
    "POST /ban-lam-viec/gian-hang/{stall_id}/trung": Row(Access.CHANGE),
    "POST /ban-lam-viec/muc-trung/{double_id}/go": Row(Access.CHANGE),
    "GET /ban-lam-viec/khac-he-thong": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/khac-he-thong/{drift_id}/lay-lai": Row(Access.CHANGE, once=True),
    "POST /ban-lam-viec/khac-he-thong/{drift_id}/giu": Row(Access.CHANGE, once=True),
    "GET /api/v1/drifts": Row(Access.SIGNED_IN),
    "POST /api/v1/drifts/{drift_id}/take-ours": Row(Access.CHANGE, once=True),
    "POST /api/v1/drifts/{drift_id}/keep-theirs": Row(Access.CHANGE, once=True),
    "POST /hooks/marketplaces/{market}": Row(Access.OPEN, _push),
    "POST /ban-lam-viec/gian-hang": Row(
        Access.CHANGE,
        form(producer_id="{producer_id}", marketplace="shopee", shop_id="{new}", name="Gian hàng"),
        tenant=True,
    ),
    "GET /ban-lam-viec/quyet-dinh": Row(Access.OFFICE),
    "POST /ban-lam-viec/quyet-dinh": Row(
        Access.OFFICE, form(number="78/QĐ-UBND", issued_on="2026-03-01", issuer_level="province")
    ),
    # reports
    "GET /api/v1/reports/coverage": Row(Access.REPORTS),
    "GET /api/v1/reports/coverage/products": Row(Access.REPORTS),
    "GET /api/v1/coverage-rules": Row(Access.REPORTS),
    "POST /api/v1/coverage-rules": Row(
        Access.OFFICE, body(valid_from="2026-01-01", name="Cách tính thử", marketplaces=["postmart"])
    ),
    "GET /bao-cao": Row(Access.REPORTS),
    "GET /bao-cao/danh-sach": Row(Access.REPORTS),
    "GET /api/v1/reports/coverage/compare": Row(
        Access.REPORTS, lambda ids: {"params": {"since": "2024-12-31"}}
    ),
    "GET /bao-cao/bieu-do.svg": Row(Access.REPORTS),
    "GET /bao-cao/bieu-do.png": Row(Access.REPORTS),
    "GET /bao-cao/so-sanh": Row(Access.REPORTS),
    "GET /bao-cao/thang": Row(Access.REPORTS),
    "GET /bao-cao/thang/{month_id}/{name}": Row(Access.REPORTS),
    "POST /bao-cao/mau": Row(Access.OFFICE, lambda ids: {"files": {"file": ("mau.xlsx", xlsx_template())}}),
    "POST /bao-cao/mau/{template_id}/bo": Row(Access.OFFICE, once=True),
    "GET /bao-cao/mau/{template_id}/tep": Row(Access.REPORTS),
    "GET /api/v1/monthly-reports": Row(Access.REPORTS),
    "POST /api/v1/monthly-reports": Row(Access.OFFICE, body()),
    "GET /api/v1/monthly-reports/{month_id}/{name}": Row(Access.REPORTS),
    "GET /api/v1/report-templates": Row(Access.REPORTS),
    "POST /api/v1/report-templates": Row(
        Access.OFFICE, lambda ids: {"files": {"file": ("mau.xlsx", xlsx_template())}}
    ),
    "DELETE /api/v1/report-templates/{template_id}": Row(Access.OFFICE, once=True),
    "GET /api/v1/report-templates/{template_id}/filled": Row(Access.REPORTS),
    "GET /bao-cao/so-sanh.csv": Row(Access.REPORTS),
    "GET /bao-cao/bang.csv": Row(Access.REPORTS),
    "GET /bao-cao/danh-sach.csv": Row(Access.REPORTS),
    "GET /api/v1/report-periods": Row(Access.REPORTS),
    "POST /api/v1/report-periods": Row(Access.OFFICE, body(as_of="2026-06-30"), once=True),
    "GET /api/v1/report-periods/{period_id}": Row(Access.REPORTS),
    "POST /api/v1/report-periods/{period_id}/confirm": Row(
        Access.REPORTS, lambda ids: {"json": {"unit_id": builders.BA_CHE}}
    ),
    "POST /api/v1/report-periods/{period_id}/object": Row(
        Access.REPORTS, lambda ids: {"json": {"unit_id": builders.BA_CHE, "objection": "Thiếu trà hoa vàng"}}
    ),
    "POST /api/v1/report-periods/{period_id}/close": Row(Access.OFFICE, _paper_json, once=True),
    "POST /api/v1/report-periods/{closed_id}/correct": Row(Access.OFFICE, _paper_json, once=True),
    "GET /api/v1/report-periods/{closed_id}/products": Row(Access.REPORTS),
    "GET /bao-cao/tep": Row(Access.REPORTS, lambda ids: {"params": {"dang": "docx"}}),
    "GET /bao-cao/ky/{closed_id}/tep": Row(Access.REPORTS, lambda ids: {"params": {"dang": "xlsx"}}),
    "GET /api/v1/coverage-targets": Row(Access.REPORTS),
    "POST /api/v1/coverage-targets": Row(Access.OFFICE, body(due_on="2099-12-31", share=100)),
    "DELETE /api/v1/coverage-targets/{target_id}": Row(Access.OFFICE, once=True),
    "POST /bao-cao/chi-tieu/{target_id}/rut": Row(Access.OFFICE, once=True),
    "GET /api/v1/reports/indicators": Row(Access.REPORTS),
    "GET /api/v1/reports/indicators/{indicator}/rows": Row(Access.REPORTS),
    "POST /api/v1/indicator-values": Row(
        Access.OFFICE, body(code="orders", as_of="2026-06-30", value="300", target_percent="125.6")
    ),
    "GET /bao-cao/chi-so": Row(Access.REPORTS),
    "POST /bao-cao/chi-so": Row(Access.OFFICE, form(code="orders", day="2026-06-30", value="300")),
    "GET /bao-cao/chi-so/bang.csv": Row(Access.REPORTS),
    "GET /bao-cao/chi-so/bang.xlsx": Row(Access.REPORTS),
    "GET /bao-cao/chi-so/{indicator}": Row(Access.REPORTS),
    "GET /bao-cao/chi-so/{indicator}/danh-sach.csv": Row(Access.REPORTS),
    "GET /api/v1/open-data": Row(Access.OPEN),
    "POST /api/v1/open-data": Row(Access.OFFICE, body(licence="Được dùng lại, ghi rõ nguồn")),
    "POST /api/v1/open-data/take-back": Row(Access.OFFICE, once=True),
    "GET /api/v1/open-data/coverage.json": Row(Access.OPEN),
    "GET /api/v1/open-data/coverage.csv": Row(Access.OPEN),
    "GET /api/v1/open-data/products.json": Row(Access.OPEN),
    "GET /api/v1/open-data/products.csv": Row(Access.OPEN),
    "GET /du-lieu-mo": Row(Access.OPEN),
    "POST /du-lieu-mo": Row(Access.OFFICE, form(licence="Được dùng lại, ghi rõ nguồn")),
    "POST /du-lieu-mo/ngung": Row(Access.OFFICE),
    "GET /du-lieu-mo/ban-tin": Row(Access.OPEN),
    "GET /du-lieu-mo/ban-tin.txt": Row(Access.OPEN),
    "GET /nhung/ty-le": Row(Access.OPEN),
    "GET /api/v1/products/{product_id}/evidence-pack.pdf": Row(Access.READ),
    "GET /api/v1/products/{product_id}/evidence-pack.zip": Row(Access.READ),
    "GET /bao-cao/chi-tieu": Row(Access.REPORTS),
    "POST /bao-cao/chi-tieu": Row(Access.OFFICE, form(due_on="2099-12-31", share="92,5")),
    "GET /bao-cao/cach-tinh": Row(Access.REPORTS),
    "POST /bao-cao/cach-tinh": Row(
        Access.OFFICE, form(name="Cách tính thử", valid_from="2026-01-01", san_postmart="1")
    ),
    "GET /bao-cao/viec": Row(Access.REPORTS),
    "GET /bao-cao/viec.txt": Row(Access.REPORTS),
    "GET /bao-cao/viec.xlsx": Row(Access.REPORTS),
    "GET /bao-cao/ky": Row(Access.REPORTS),
    "POST /bao-cao/ky": Row(Access.OFFICE, form(as_of="2026-06-30"), once=True),
    "GET /bao-cao/ky/{period_id}": Row(Access.REPORTS),
    "POST /bao-cao/ky/{period_id}/xac-nhan": Row(
        Access.REPORTS, lambda ids: {"data": {"unit_id": builders.BA_CHE}}
    ),
    "POST /bao-cao/ky/{period_id}/chua-dung": Row(
        Access.REPORTS, lambda ids: {"data": {"unit_id": builders.BA_CHE, "objection": "Thiếu trà hoa vàng"}}
    ),
    "POST /bao-cao/ky/{period_id}/chot": Row(Access.OFFICE, _paper_form, once=True),
    "POST /bao-cao/ky/{closed_id}/dieu-chinh": Row(Access.OFFICE, _paper_form, once=True),
    "GET /bao-cao/ky/{closed_id}/danh-sach": Row(Access.REPORTS),
    "GET /api/v1/stalls/{stall_id}/sheet.xlsx": Row(Access.READ),
    "GET /api/v1/listings/{listing_id}/reasons": Row(Access.READ),
    "GET /api/v1/reasons/unread": Row(Access.OFFICE),
    "GET /api/v1/doubles": Row(Access.SIGNED_IN),
    "POST /api/v1/doubles/{double_id}/repair": Row(Access.CHANGE),
    "POST /api/v1/stalls/{stall_id}/reconcile": Row(Access.CHANGE),
    "POST /api/v1/handovers": Row(
        Access.CHANGE,
        lambda ids: {"json": {"recipient": "Bưu điện", "listing_ids": [str(ids["listing_id"])]}},
        tenant=True,
    ),
    "GET /api/v1/handovers": Row(Access.SIGNED_IN),
    "GET /api/v1/handovers/{handover_id}": Row(Access.OWN_MADE),
    "POST /api/v1/handovers/{handover_id}/renew": Row(Access.OWN_MADE),
    "POST /api/v1/handovers/{handover_id}/close": Row(Access.OWN_MADE),
    "GET /ban-lam-viec/giao-dang": Row(Access.SIGNED_IN),
    "POST /ban-lam-viec/giao-dang": Row(
        Access.SIGNED_IN,
        lambda ids: {"data": {"recipient": "Bưu điện", "marketplace": "postmart"}},
        commune=False,
        once=True,
    ),
    "POST /ban-lam-viec/giao-dang/{handover_id}/duong-dan-moi": Row(Access.OWN_MADE),
    "POST /ban-lam-viec/giao-dang/{handover_id}/dong": Row(Access.OWN_MADE),
    "GET /giao-dang/{handover_token}": Row(Access.OPEN),
    "GET /giao-dang/{handover_token}/{row_id}/bo-ho-so.zip": Row(Access.OPEN),
    "POST /giao-dang/{handover_token}/{row_id}/duong-dan": Row(
        Access.OPEN, lambda ids: {"data": {"url": "https://postmart.vn/p/tra-hoa-vang-7.html"}}
    ),
    "POST /giao-dang/{handover_token}/{row_id}/tra-lai": Row(
        Access.OPEN, lambda ids: {"data": {"reason": "Thiếu ảnh"}}
    ),
    "POST /giao-dang/{handover_token}/{row_id}/khong-dang-duoc": Row(
        Access.OPEN, lambda ids: {"data": {"reason": "Sàn không mở được"}}
    ),
    "GET /feeds/{feed_key}.xml": Row(Access.OPEN),
    "GET /feeds/{feed_key}.csv": Row(Access.OPEN),
    # machines and files
    "GET /healthz": Row(Access.OPEN),
    "GET /readyz": Row(Access.OPEN),
    "GET /metrics": Row(Access.OPEN),
    "GET /media/{key:path}": Row(Access.OPEN),
}

#: Paths answered for everyone without any of our data: not walked.
NOT_WALKED = {"/openapi.json"}

ROLES = (
    Role.PUBLIC,
    Role.OFFICER_COMMUNE,
    Role.PRODUCER,
    Role.HELPER,
    Role.OFFICER_PROVINCE,
    Role.OPERATOR,
)
SEES_ALL = (Role.OFFICER_PROVINCE, Role.OPERATOR)
ACTS_FOR_HER = (Role.PRODUCER, Role.HELPER)


def expected(row: Row, role: Role, whose: str) -> set[int] | None:
    """The refusals allowed for this caller; None when the call must succeed."""
    if row.access is Access.OPEN:
        return {404} if whose == "missing" else None
    if role is Role.PUBLIC and row.access is not Access.READ_PUBLIC:
        return {401}
    if row.access is Access.OFFICE and role not in SEES_ALL:
        return {403}
    if row.access is Access.REPORTS and role not in (*SEES_ALL, Role.OFFICER_COMMUNE):
        return {403}
    if row.access is Access.OFFICERS and role not in (*SEES_ALL, Role.OFFICER_COMMUNE):
        return {403}
    if role is Role.OFFICER_COMMUNE and not row.commune:
        return {403, 404}
    if row.access is Access.HELPER and role is not Role.HELPER:
        return {403}
    if whose == "missing":
        return {404}
    if row.access is Access.HELPER:
        return None
    if row.access is Access.IN_PERSON and role in SEES_ALL:
        return {403}
    if row.access is Access.OWN_MADE:
        return None if role in SEES_ALL or (whose == "own" and role is Role.PRODUCER) else {404}
    if row.access is Access.OWN_USER:
        return None if whose == "own" and role is Role.PRODUCER else {404}
    if row.access in (Access.SIGNED_IN, Access.OFFICE, Access.REPORTS) or role in SEES_ALL:
        return None
    if role is Role.PUBLIC:
        return None
    if row.access in (Access.OWNER, Access.IN_PERSON) and role is Role.HELPER and whose == "own":
        return {403}
    if role in ACTS_FOR_HER:
        return None if whose == "own" else {404}
    # The officer of Hoa's commune sees her things and changes none.
    if whose == "own":
        return {403, 404} if row.access in (Access.CHANGE, Access.OWNER, Access.IN_PERSON) else None
    return {404}


@dataclass(slots=True)
class World:
    """What the routes are called upon."""

    own: Ids
    foreign: Ids
    missing: Ids
    bearers: dict[Role, dict[str, str]]


async def _people(session: AsyncSession, producer: Producer, n: int) -> Ids:
    """A second member, another helper's mandate, a bank account, and a code for each role."""
    producer.bank_bin, producer.bank_account = "970405", "8000205123456"
    editor = await builders.make_user(session, "Người thứ hai")
    session.add(ProducerMember(producer_id=producer.id, user_id=editor.id, role=MemberRole.EDITOR))
    helper = await builders.make_user(session, "Người hỗ trợ khác", phone=f"+8497700000{n}")
    mandate = await builders.make_mandate(session, producer, helper)
    asked = MandateRequest(producer_id=producer.id, helper_id=helper.id, until=clock.today())
    session.add(asked)
    spare = await builders.make_producer(session, "Chủ thể gộp", unit_id="c-06838-20250701")
    spare_product = await builders.make_product(session, producer, "Sản phẩm gộp")
    merged = await builders.make_producer(session, "Chủ thể đã gộp", unit_id="c-06838-20250701")
    merge = await merge_producers(session, SYSTEM_ACTOR, merged.id, spare.id)
    page = "WALLS-OWN1" if n == 1 else "WALLS-FOR2"
    for code in (page, *(f"L0{role.name[:3]}{role.name[-3:]}own" for role in ROLES if n == 1)):
        session.add(
            ClaimCode(
                producer_id=producer.id,
                purpose=CodePurpose.INVITE,
                role=MemberRole.EDITOR,
                code_hash=code_hash(code),
                issued_by="system",
                expires_at=clock.now() + timedelta(days=1),
            )
        )
    await session.flush()
    return {
        "user_id": editor.id,
        "mandate_id": mandate.id,
        "request_id": asked.id,
        "code": page,
        "spare_id": spare.id,
        "spare_product_id": spare_product.id,
        "merge_id": merge.id,
    }


async def _period(session: AsyncSession, days_ago: int, *, closed: bool = False) -> UUID:
    as_of = clock.today() - timedelta(days=days_ago)
    made = await periods.open_period(session, SYSTEM_ACTOR, province="22", as_of=as_of)
    if closed:
        # What is made afterwards is there to be corrected.
        await periods.close(session, SYSTEM_ACTOR, made.id, periods.Paper("1/BC", clock.today()))
    return made.id


async def _things(session: AsyncSession, producer: Producer, user: User, media: Media) -> Ids:
    taken = len(list(await session.scalars(periods.periods("22"))))
    period_id = await _period(session, taken + 1)
    closed_id = await _period(session, taken + 2, closed=True)
    product = await builders.make_product(session, producer)
    decision = await builders.make_decision(session)
    certificate = await builders.make_certificate(session, product, decision=decision)
    lot = await builders.make_lot(session, product, state=LotState.DRAFT)
    for kind in EventKind.HARVEST, EventKind.FIRST_PROCESSING, EventKind.PACKING, EventKind.PRODUCTION_PLACE:
        await builders.make_event(session, lot, kind)
    await builders.make_trace_code(session, product, lot)
    await builders.make_trace_code(session, product)
    shown = await builders.make_lot(session, product, "L002")
    printed_code = await builders.make_trace_code(session, product, shown, new_trace_code())
    reported = ProblemReport(
        product_id=product.id, producer_id=producer.id, kind=ReportKind.OTHER, text="Hộp bị vỡ"
    )
    session.add(reported)
    paper_key = await media.put_file(b"%PDF-1.7", "papers", suffix=".pdf")
    tested = await builders.make_event(
        session, shown, EventKind.INSPECTION, details={"attachments": [{"key": paper_key}]}
    )
    account = await builders.make_account(session, producer, marketplace="postmart", mode=Mode.ASSISTED)
    listing = await builders.make_listing(session, product, account)
    shop = await builders.make_account(session, producer)
    item = await builders.make_shop_item(session, shop, product=product)
    actor = builders.actor_for(user, Role.PRODUCER, producer)
    run = await take(
        session, actor, media, SentFile("san-pham.csv", SHEET), home_province="22", producer_id=producer.id
    )
    lot_run = await lot_runs.take(session, actor, media, SentFile("lo.csv", LOT_SHEET))
    token = await create_api_token(session, user, name="máy")
    listing.state = ListingState.NEEDS_PERSON
    # One listing stands on a list from the start; this one waits for whoever makes the next.
    to_hand = await builders.make_product(session, producer, "Sản phẩm chờ giao")
    waiting = await builders.make_listing(session, to_hand, account)
    waiting.state = ListingState.NEEDS_PERSON
    sealer = sealer_of(SETTINGS)
    printed = await plan_run(
        session, actor, lot, RunPlan(RunKind.SERIAL, 2), public_url=PUBLIC_URL, sealer=sealer
    )
    await block(session, actor, printed, Part(first=2), sealer=sealer, reason="Mất")
    sold = TraceEvent(
        lot_id=lot.id,
        producer_id=producer.id,
        kind=EventKind.SALE,
        occurred_at=clock.now(),
        recorded_by="system",
        epcis={"type": "ObjectEvent"},
        event_hash=f"ni:///sha-256;{lot.id.hex}",
    )
    session.add(sold)
    paper = await add_paper(
        session, actor, producer.id, name="Giấy tem", measures=Measures((210, 297), (60, 30))
    )
    alert = ScanAlert(
        lot_id=lot.id,
        product_id=product.id,
        producer_id=producer.id,
        kind=AlertKind.AFTER_EXPIRY,
        day=clock.today(),
        scans=3,
    )
    session.add(alert)
    handed = await handover.make(session, actor, recipient="Bưu điện", listing_ids=[listing.id])
    row_id = await session.scalar(select(HandoverRow.id).where(HandoverRow.handover_id == handed.handover.id))
    double = ListingDouble(
        account_id=account.id,
        listing_id=listing.id,
        producer_id=producer.id,
        cause=DoubleCause.SAME_SKU,
        keep_remote_id="1",
        extra_remote_id="2",
        found_at=clock.now(),
    )
    session.add(double)
    await session.flush()
    photo = await builders.make_photo(session, product)
    asked = await ask_photos(session, actor, product.id, ["https://anh.vidu.vn/0.jpg"])
    spoken = await keep_recording(session, actor, media, product.id, SPOKEN + user.id.bytes)
    pack = ProductVariant(product_id=product.id, producer_id=producer.id, label="Túi 1 kg")
    draft = await builders.make_product(session, producer, "Sản phẩm chưa gửi")
    submitted = await builders.make_product(session, producer, "Sản phẩm chờ duyệt")
    draft.status, submitted.status = ProductStatus.DRAFT, ProductStatus.SUBMITTED
    review = ProductReview(
        product_id=product.id,
        producer_id=producer.id,
        revision=1,
        verdict=ReviewVerdict.RETURNED,
        remarks={"name": "Ghi như trên bao bì"},
        reviewed_by="system",
    )
    due_on = clock.today() + timedelta(days=taken + 1)
    target = await set_target(session, SYSTEM_ACTOR, "22", NewTarget(due_on, Decimal(90)))
    own_paper = await templates.add(
        session, media, SYSTEM_ACTOR, province="22", name="Mẫu", file_name="mau.xlsx", content=xlsx_template()
    )
    month = MonthlyReport(
        province="22",
        as_of=clock.today() - timedelta(days=taken + 1),
        rule_number=1,
        numerator=0,
        denominator=0,
        document_number="",
        files=[{"name": "bao-cao.docx", "media_type": "application/octet-stream", "media_key": paper_key}],
    )
    session.add(month)
    session.add_all([pack, review])
    await session.flush()
    differs = ListingDrift(
        listing_id=(
            await builders.make_listing(session, product, await builders.make_account(session, producer))
        ).id,
        producer_id=producer.id,
        field="price_vnd",
        ours="135000",
        theirs="120000",
        author=DriftAuthor.MARKETPLACE,
        found_at=clock.now(),
        seen_at=clock.now(),
    )
    many = BulkRun(
        kind=BulkKind.PUBLISH,
        marketplace_key="shopee",
        scope_name=producer.name,
        created_by="system",
        created_at=clock.now(),
    )
    session.add_all([differs, many])
    await session.flush()
    session.add(
        BulkRow(
            run_id=many.id,
            product_id=product.id,
            producer_id=producer.id,
            account_id=shop.id,
            state=BulkState.WAITING,
        )
    )
    hook = await hooks.add(
        session,
        SYSTEM_ACTOR,
        producer_id=producer.id,
        url="https://vidu.vn/hook",
        sealing_key=b"k" * 32,
        allow_http=False,
    )
    lesson = CategoryLesson(
        marketplace_key="shopee",
        group_code="thuc_pham",
        category_id=str(product.id),
        field="category_id",
        code="missing",
        message="Sàn từ chối ngành hàng.",
        times=1,
        first_seen=clock.now(),
        last_seen=clock.now(),
    )
    session.add(lesson)
    told = {"1": {"name": "Đặc sản", "parent": "", "leaf": True}}
    await session.merge(
        CategoryTree(marketplace_key="shopee", version="1", tree=told, fields={}, read_at=clock.now())
    )
    await session.flush()
    return {
        "variant_id": pack.id,
        "draft_id": draft.id,
        "submitted_id": submitted.id,
        "number": 1,
        "step": "ten",
        "photo_id": photo.id,
        "fetch_id": asked[0].id,
        "story_id": spoken.id,
        "double_id": double.id,
        "drift_id": differs.id,
        "hook_id": hook.endpoint.id,
        "lesson_id": lesson.id,
        "marketplace": "shopee",
        "group": "thuc_pham",
        "bulk_id": many.id,
        "run_id": printed.id,
        "paper_id": paper.id,
        "epcis_id": sold.event_hash,
        "resource": "bizSteps",
        "value": "packing",
        "alert_id": alert.id,
        "feed_key": "google",
        "market": "shopee",
        "handover_id": handed.handover.id,
        "handover_token": handed.token,
        "row_id": row_id,
        "period_id": period_id,
        "closed_id": closed_id,
        "target_id": target.id,
        "month_id": month.id,
        "name": month.files[0]["name"],
        "template_id": own_paper.id,
        "indicator": "stalls",
        "producer_id": producer.id,
        "product_id": product.id,
        "decision_id": decision.id,
        "certificate_id": certificate.id,
        "lot_id": lot.id,
        "event_id": tested.id,
        "report_id": reported.id,
        "lot_import_id": lot_run.id,
        "trace_code": printed_code.code,
        "position": 0,
        "account_id": account.id,
        "stall_id": account.id,
        "api_stall_id": shop.id,
        "listing_id": listing.id,
        "item_id": item.id,
        "import_id": run.id,
        "token_id": token.row.id,
        "capture_id": (await accept(session, actor, EPCIS_DOCUMENT)).id,
        "unit_id": builders.BA_CHE,
        "part": 1,
    }


async def make_world(session: AsyncSession, media: Media) -> World:
    """The cast with everything a route can name, on both sides."""
    cast = await builders.make_cast(session)
    own = await _things(session, cast.hers, cast.hoa, media) | await _people(session, cast.hers, 1)
    foreign = await _things(session, cast.his, cast.binh, media) | await _people(session, cast.his, 2)
    await _period(session, 9, closed=True)  # with both producers' products in its list
    terms = Terms("Được dùng lại, ghi rõ nguồn", catalogue=True)
    await publish(session, SYSTEM_ACTOR, "22", terms)
    await label_marks.give(session, media, SYSTEM_ACTOR, MARK)
    missing: Ids = {name: builders.missing_id() for name in own}
    missing["unit_id"] = "c-99999-20250701"
    missing["part"] = 999
    missing["number"] = 1
    missing["step"] = "ten"
    missing |= {"resource": "nothing", "value": "packing"}
    missing["key"] = f"pictures/00/{'0' * 64}.jpg"
    bearers: dict[Role, dict[str, str]] = {Role.PUBLIC: {}}
    for role in ROLES[1:]:
        user = cast.of(role)
        assert user is not None
        token = await create_api_token(session, user, name="thử")
        bearers[role] = {"Authorization": f"Bearer {token.secret}"}
    return World(own, foreign, missing, bearers)


class Stage:
    """A template with the world in it; each route gets a clone, so that what one changes no other sees."""

    def __init__(self, cluster: Cluster, template: str, world: World, media: Media) -> None:
        self.cluster, self.template, self.world, self.media = cluster, template, world, media


@pytest.fixture(scope="module")
def stage(cluster: Cluster, template: str) -> Iterator[Stage]:
    name = asyncio.run(cluster.clone(template))
    media = Media.in_memory()

    async def make() -> World:
        database = Database(cluster.address(name, APP_ROLE), pool_size=1)
        try:
            async with database.session(SYSTEM) as session:
                world = await make_world(session, media)
        finally:
            await database.close()
        out = io.BytesIO()
        Image.new("RGB", (40, 30), "red").save(out, "JPEG")
        picture = await media.put_picture(out.getvalue())
        world.own["key"] = world.foreign["key"] = picture.key
        return world

    yield Stage(cluster, name, asyncio.run(make()), media)
    asyncio.run(cluster.drop(name))


@asynccontextmanager
async def _walked(stage: Stage, data_dir: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole application over a clone of the stage."""
    name = await stage.cluster.clone(stage.template)
    database = Database(stage.cluster.address(name, APP_ROLE), pool_size=2)
    app = create_app(SETTINGS.model_copy(update={"data_dir": data_dir}), database, media=stage.media)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        yield client
    await database.close()
    await stage.cluster.drop(name)


@pytest.fixture(scope="module")
async def reading(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """One application for all routes that only read."""
    async with _walked(stage, tmp_path_factory.mktemp("reading")) as client:
        yield client


def routes_of(app: FastAPI) -> set[str]:
    """Every ``METHOD path`` that the application answers from our own code."""
    found = set()
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.path not in NOT_WALKED:
            found |= {f"{method} {context.path}" for method in context.methods or ()}
    return found


def test_every_route_has_its_row(app: FastAPI) -> None:
    routes = routes_of(app)
    assert routes - ROUTES.keys() == set(), "routes without a row in ROUTES"
    assert ROUTES.keys() - routes == set(), "rows without a route"


def _has_target(route: str, row: Row) -> bool:
    return "{" in route or row.tenant


@pytest.mark.parametrize("route", ROUTES)
async def test_walk(route: str, stage: Stage, reading: httpx.AsyncClient, tmp_path: Path) -> None:
    if route.startswith("GET "):
        await walk(route, stage, reading)
        return
    async with _walked(stage, tmp_path) as client:
        await walk(route, stage, client)


async def walk(route: str, stage: Stage, client: httpx.AsyncClient) -> None:
    """Call the route as every role upon every side, and say all that went another way than its row says."""
    row = ROUTES[route]
    method, path = route.split(" ", 1)
    wrong: list[str] = []
    sides = ("missing", "foreign", "own") if _has_target(route, row) else ("own",)
    succeeded: set[str] = set()
    for role in ROLES:
        for whose in sides:
            refusals = expected(row, role, whose)
            if refusals is None and row.once and whose in succeeded:
                continue
            ids = {
                **getattr(stage.world, whose),
                "new": f"L{len(wrong)}{role.name[:3]}{role.name[-3:]}{whose}"[:20],
            }
            address = path.replace(":path}", "}").format_map(ids)
            asked = row.call(ids)
            headers = {**stage.world.bearers[role], **asked.pop("headers", {})}
            client.cookies.clear()
            answer = await client.request(method, address, headers=headers, **asked)
            fine = answer.status_code < 400 if refusals is None else answer.status_code in refusals
            if answer.status_code == 422 or not fine:
                wrong.append(f"{role.value} {whose}: {answer.status_code} not {refusals} {answer.text[:200]}")
            if refusals is None and fine:
                succeeded.add(whose)
            bounded = role in (*ACTS_FOR_HER, Role.OFFICER_COMMUNE) and whose == "own"
            if bounded and not row.same_for_all and str(stage.world.foreign["producer_id"]) in answer.text:
                wrong.append(f"{role.value} {whose}: the answer holds another producer's data")
    assert not wrong, "\n".join(wrong)


#: Tables of a tenant's things: each must be shut by row-level security.
TENANT_TABLES = (
    "producers", "producer_members", "mandates", "products", "product_variants", "product_revisions", "product_reviews", "product_photos", "photo_fetches",
    "spoken_stories", "certificates",
    "lots", "trace_events", "run_acts", "label_papers", "lot_inputs", "epcis_captures", "scan_days", "scan_alerts", "problem_reports", "trace_codes", "resolver_links", "scans", "marketplace_accounts", "shop_items",
    "listings", "listing_intervals", "listing_attempts", "evidence", "import_runs",
    "handover_rows", "listing_doubles", "webhook_endpoints",
    "closed_products",
)  # fmt: skip
#: Those in which the stage has rows on both sides.
FILLED = tuple(
    table
    for table in TENANT_TABLES
    if table
    not in (
        "mandates",
        "resolver_links",
        "scans",
        "serial_ranges",
        "serial_tallies",
        "lot_inputs",
        "scan_days",
        "scan_alerts",
        "listing_attempts",
    )
)


async def _owners(session: AsyncSession, table: str) -> set[Any]:
    column = "id" if table == "producers" else "producer_id"
    return set((await session.execute(text(f"SELECT {column} FROM {table}"))).scalars())


class TestRowLevelSecurity:
    @pytest.fixture
    async def under(self, stage: Stage) -> AsyncIterator[Callable[[str], Database]]:
        """The stage's database under a role of one's choice."""
        opened: list[Database] = []

        def under(role: str) -> Database:
            opened.append(Database(stage.cluster.address(stage.template, role), pool_size=1))
            return opened[-1]

        yield under
        for database in opened:
            await database.close()

    async def test_every_table_with_a_producer_is_shut(self, under: Callable[[str], Database]) -> None:
        query = """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                   WHERE a.attname = 'producer_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                   AND NOT c.relrowsecurity AND c.relnamespace = 'public'::regnamespace"""
        async with under(APP_ROLE).session(SYSTEM) as session:
            found = set((await session.execute(text(query))).scalars())
        assert found == {"audit_entries"}, "a table with tenant rows and without row-level security"

    async def test_without_a_scope_nothing_is_seen(self, under: Callable[[str], Database]) -> None:
        async with under(APP_ROLE).sessions() as session, session.begin():
            for table in TENANT_TABLES:
                assert await _owners(session, table) == set(), table

    async def test_the_wall_is_what_hides_them(self, stage: Stage, under: Callable[[str], Database]) -> None:
        """The same questions under the owner, whom the policies do not bind: the rows are there."""
        both = {stage.world.own["producer_id"], stage.world.foreign["producer_id"]}
        async with under(OWNER_ROLE).sessions() as session, session.begin():
            for table in FILLED:
                assert await _owners(session, table) >= both, table

    async def test_own_is_own_only(self, stage: Stage, under: Callable[[str], Database]) -> None:
        hers = stage.world.own["producer_id"]
        async with under(APP_ROLE).session(Scope(ScopeKind.OWN, frozenset({hers}))) as session:
            for table in FILLED:
                assert await _owners(session, table) == {hers}, table

    async def test_own_of_nobody_is_nothing(self, under: Callable[[str], Database]) -> None:
        async with under(APP_ROLE).session(Scope(ScopeKind.OWN)) as session:
            for table in TENANT_TABLES:
                assert await _owners(session, table) == set(), table

    async def test_a_unit_is_its_producers(self, stage: Stage, under: Callable[[str], Database]) -> None:
        async with under(APP_ROLE).session(Scope(ScopeKind.UNIT, unit_id=builders.BA_CHE)) as session:
            for table in FILLED:
                assert await _owners(session, table) == {stage.world.own["producer_id"]}, table

    async def test_the_public_sees_no_draft_and_nothing_private(
        self, under: Callable[[str], Database]
    ) -> None:
        async with under(APP_ROLE).session(PUBLIC) as session:
            for table in "producer_members", "marketplace_accounts", "listing_attempts":
                assert await _owners(session, table) == set(), table
            states = set((await session.execute(text("SELECT state FROM lots"))).scalars())
            assert states == {LotState.RELEASED}
            known = select(TraceEvent.lot_id).except_(select(Lot.id))
            assert (await session.execute(known)).all() == []

    async def test_nobody_writes_for_another(self, stage: Stage, under: Callable[[str], Database]) -> None:
        hers, his = stage.world.own["producer_id"], stage.world.foreign["producer_id"]
        database = under(APP_ROLE)
        own = Scope(ScopeKind.OWN, frozenset({hers}))
        async with database.session(own) as session:
            changed = await session.execute(
                text("UPDATE products SET name = 'x' WHERE producer_id = :his RETURNING id"), {"his": his}
            )
            assert changed.all() == []
        with pytest.raises(DBAPIError, match="row-level security"):
            async with database.session(own) as session:
                await session.execute(
                    text("UPDATE products SET producer_id = :his WHERE producer_id = :hers"),
                    {"his": his, "hers": hers},
                )

    @pytest.mark.parametrize(
        ("table", "column"),
        [
            ("audit_entries", "actor"),
            ("trace_events", "note"),
            ("product_revisions", "changed_by"),
            ("evidence", "url"),
        ],
    )
    async def test_what_must_stay_cannot_be_rewritten(
        self, under: Callable[[str], Database], table: str, column: str
    ) -> None:
        for statement in f"UPDATE {table} SET {column} = ''", f"DELETE FROM {table}":
            with pytest.raises(DBAPIError, match="permission denied"):
                async with under(APP_ROLE).session(SYSTEM) as session:
                    await session.execute(text(statement))

    async def test_the_application_role_owns_nothing(self, under: Callable[[str], Database]) -> None:
        query = (
            "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = :role)"
        )
        async with under(APP_ROLE).session(SYSTEM) as session:
            assert (await session.execute(text(query), {"role": APP_ROLE})).scalar_one() == 0
            assert (await session.execute(text("SELECT current_user"))).scalar_one() == APP_ROLE

    async def test_a_scope_ends_with_its_transaction(self, under: Callable[[str], Database]) -> None:
        database = under(APP_ROLE)  # one connection: the next transaction runs on the same one
        async with database.session(SYSTEM) as session:
            assert await _owners(session, "products")
        async with database.sessions() as session, session.begin():
            assert await _owners(session, "products") == set()


class TestTheWalkCanFail:
    """The walk itself, held against faults planted on purpose."""

    def test_a_route_without_a_row_is_found(self, app: FastAPI) -> None:
        @app.get("/api/v1/quen")
        async def forgotten() -> None:
            return None

        assert "GET /api/v1/quen" in routes_of(app) - ROUTES.keys()

    def test_a_leak_is_not_among_the_expected(self) -> None:
        read = Row(Access.READ)
        assert expected(read, Role.PRODUCER, "foreign") == {404}
        assert expected(read, Role.PUBLIC, "own") == {401}
        assert expected(Row(Access.CHANGE), Role.OFFICER_COMMUNE, "own") == {403, 404}
        assert expected(Row(Access.OFFICE), Role.PRODUCER, "own") == {403}
        assert expected(read, Role.PRODUCER, "own") is None
