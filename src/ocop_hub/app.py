"""The web application, wired: settings, database and media in; every room's routes on.

``create_app`` is called by the server command and by tests; nothing is made when this module is imported.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr
from starlette.middleware import Middleware

from ocop_hub.accounts import routes as accounts
from ocop_hub.accounts.guessing import Sources
from ocop_hub.catalogue import approval_routes, bulk_routes, photo_routes, variant_routes
from ocop_hub.catalogue import routes as catalogue
from ocop_hub.certificates import routes as certificates
from ocop_hub.db import Database, DatabaseAddress
from ocop_hub.desk import routes as desk_routes
from ocop_hub.intake import lot_routes
from ocop_hub.intake import routes as intake
from ocop_hub.media import Media, open_media
from ocop_hub.places import routes as places
from ocop_hub.producers import routes as producers
from ocop_hub.publishing import export_routes, office_routes, seen_routes
from ocop_hub.publishing import routes as publishing
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.bulk import routes as publish_bulk_routes
from ocop_hub.publishing.drift import routes as drift_routes
from ocop_hub.publishing.handover import routes as handover_routes
from ocop_hub.publishing.hooks import routes as hook_routes
from ocop_hub.publishing.reasons import routes as reasons_routes
from ocop_hub.publishing.stalls import doubles_routes, push_routes
from ocop_hub.publishing.wiring import marketplace_client, open_outside
from ocop_hub.reporting import routes as reporting
from ocop_hub.reporting.evidence import routes as evidence_routes
from ocop_hub.reporting.indicators import routes as indicator_routes
from ocop_hub.reporting.open_data import routes as open_routes
from ocop_hub.reporting.papers import routes as report_paper_routes
from ocop_hub.reporting.periods import routes as period_routes
from ocop_hub.reporting.targets import routes as target_routes
from ocop_hub.settings import Settings
from ocop_hub.traceability import history_routes
from ocop_hub.traceability import routes as traceability
from ocop_hub.traceability.epcis import discovery as epcis_discovery
from ocop_hub.traceability.epcis import routes as epcis_routes
from ocop_hub.traceability.labels import paper_routes
from ocop_hub.traceability.labels import routes as labels
from ocop_hub.traceability.reports import routes as report_routes
from ocop_hub.web import database_errors, errors, health, openapi
from ocop_hub.web.desk import bulk as desk_bulk
from ocop_hub.web.desk import edit as desk_edit
from ocop_hub.web.desk import history as desk_history
from ocop_hub.web.desk import home as desk
from ocop_hub.web.desk import lot_spreadsheet as desk_import_lots
from ocop_hub.web.desk import mandates, members
from ocop_hub.web.desk import photos as desk_photos
from ocop_hub.web.desk import producers as producer_pages
from ocop_hub.web.desk import product as desk_product
from ocop_hub.web.desk import spreadsheet as desk_import
from ocop_hub.web.desk import story as desk_story
from ocop_hub.web.desk import variants as desk_variants
from ocop_hub.web.lots import alerts as desk_alerts
from ocop_hub.web.lots import events as desk_events
from ocop_hub.web.lots import labels as desk_labels
from ocop_hub.web.lots import minute as desk_lots
from ocop_hub.web.lots import problems as desk_problems
from ocop_hub.web.lots import product_label
from ocop_hub.web.lots import recall as desk_recall
from ocop_hub.web.lots import runs as desk_runs
from ocop_hub.web.lots import studio as label_studio
from ocop_hub.web.middleware import BodyCap, Surroundings
from ocop_hub.web.office import approvals, decision, decisions, duplicates, star_matching
from ocop_hub.web.public import catalogue as catalogue_pages
from ocop_hub.web.public import claims, feeds, front, makers, media, open_data, sign_in, sitemap
from ocop_hub.web.render import STATIC_DIR
from ocop_hub.web.reports import charts as report_charts
from ocop_hub.web.reports import compare as report_compare
from ocop_hub.web.reports import coverage as reports
from ocop_hub.web.reports import indicators as report_indicators
from ocop_hub.web.reports import monthly as report_monthly
from ocop_hub.web.reports import papers as report_papers
from ocop_hub.web.reports import periods as report_periods
from ocop_hub.web.reports import products as report_products
from ocop_hub.web.reports import rules as report_rules
from ocop_hub.web.reports import targets as report_targets
from ocop_hub.web.selling import bulk as publish_bulk
from ocop_hub.web.selling import categories as category_pages
from ocop_hub.web.selling import consent as stall_consent
from ocop_hub.web.selling import drift as desk_drift
from ocop_hub.web.selling import fees as fee_pages
from ocop_hub.web.selling import handover as desk_handover
from ocop_hub.web.selling import handover_outside as handover
from ocop_hub.web.selling import hooks as hook_pages
from ocop_hub.web.selling import items as stall_items
from ocop_hub.web.selling import listings as desk_listings
from ocop_hub.web.selling import reasons as reason_pages
from ocop_hub.web.selling import seen as seen_pages
from ocop_hub.web.selling import share as desk_share
from ocop_hub.web.selling import stalls
from ocop_hub.web.selling import watch as publish_watch
from ocop_hub.web.static_files import MarkedStaticFiles
from ocop_hub.web.trace import papers as trace_papers
from ocop_hub.web.trace import report as report_problem
from ocop_hub.web.trace.page import (
    ScanHandler,
    mount_scan,
    render_fault,
    render_serial,
    render_story,
)

DESCRIPTION = (
    "Products in, trace labels, marketplace listings, and the share of products really listed. Lists are paged "
    "by cursor; every POST takes an Idempotency-Key; refusals are RFC 9457 problems with a stable type."
)

#: Every room's JSON API, in the order of the document.
API_ROUTERS: tuple[APIRouter, ...] = (
    accounts.session_router,
    accounts.router,
    producers.router,
    places.router,
    intake.export_router,  # before the catalogue: "export" is no id
    catalogue.router,
    photo_routes.router,
    variant_routes.router,
    approval_routes.router,
    bulk_routes.router,
    desk_routes.router,
    certificates.router,
    traceability.router,
    labels.router,
    epcis_routes.router,
    epcis_discovery.router,
    history_routes.router,
    report_routes.router,
    paper_routes.router,
    intake.router,
    lot_routes.router,
    publishing.router,
    handover_routes.router,
    export_routes.router,
    reasons_routes.router,
    doubles_routes.router,
    push_routes.router,
    drift_routes.router,
    publish_bulk_routes.router,
    hook_routes.router,
    office_routes.router,
    seen_routes.router,
    reporting.router,
    period_routes.router,
    target_routes.router,
    indicator_routes.router,
    open_routes.router,
    evidence_routes.router,
    report_paper_routes.router,
)
#: Pages, and what machines ask.
PAGE_ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    media.router,
    sign_in.router,
    claims.router,
    front.router,
    catalogue_pages.router,
    makers.router,
    sitemap.router,
    desk.router,
    desk_bulk.router,
    desk_variants.router,
    desk_history.router,
    approvals.router,
    desk_edit.router,  # before desk_product: "moi" is no id
    desk_product.router,
    desk_photos.router,
    desk_share.router,
    desk_story.router,
    desk_listings.router,
    desk_lots.router,
    product_label.router,
    desk_alerts.router,
    desk_labels.router,
    desk_runs.router,
    label_studio.router,
    desk_recall.router,
    desk_events.router,
    desk_problems.router,
    report_problem.router,
    trace_papers.router,
    desk_import.router,
    desk_import_lots.router,
    stalls.router,
    stall_consent.router,
    stall_items.router,
    desk_drift.router,
    publish_bulk.router,
    publish_watch.router,
    category_pages.router,
    reason_pages.router,
    fee_pages.router,
    seen_pages.router,
    hook_pages.router,
    handover.router,
    desk_handover.router,
    feeds.router,
    decisions.router,
    decision.router,
    producer_pages.router,
    members.router,
    mandates.router,
    duplicates.router,
    star_matching.router,
    reports.router,
    report_products.router,
    report_periods.router,
    report_charts.router,
    report_compare.router,
    report_monthly.router,
    report_papers.router,
    report_rules.router,
    report_targets.router,
    report_indicators.router,
    open_data.router,
)


def create_app(
    settings: Settings,
    database: Database,
    *,
    media: Media | None = None,
    outside: Outside | None = None,
    demo_accounts: Sequence[dict[str, str]] = (),
) -> FastAPI:
    """The ASGI application over a database that is up and migrated.

    The caller closes ``database``. ``outside`` is made from the settings unless given. ``demo_accounts``
    (role_label, login, passphrase, note) stand on the sign-in page of a demo.
    """
    app = FastAPI(
        title="ocop_hub",
        version=version("ocop-hub"),
        description=DESCRIPTION,
        docs_url=None,  # its page loads scripts from elsewhere; the document is at /openapi.json
        redoc_url=None,
        lifespan=_lifespan,
        middleware=[Middleware(Surroundings), Middleware(BodyCap, max_mb=settings.max_upload_mb)],
    )
    app.state.settings = settings
    app.state.database = database
    app.state.media = media or open_media(settings)
    app.state.client = marketplace_client()
    app.state.outside = outside or open_outside(settings, database, app.state.client, app.state.media)
    app.state.sign_in_sources = Sources()
    app.state.demo_accounts = list(demo_accounts) if settings.demo else []
    errors.install(app)
    database_errors.install(app)
    for router in (*API_ROUTERS, *PAGE_ROUTERS):
        app.include_router(router)
    app.mount("/static", MarkedStaticFiles(directory=STATIC_DIR), name="static")
    render_page = partial(render_story, public_url=settings.public_url)
    app.state.scans = mount_scan(app, database, settings, render_page, render_fault, render_serial)

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = openapi.document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend the schema
    return app


def openapi_document() -> dict[str, Any]:
    """The document kept at ``openapi/ocop-hub.json``; needs neither settings nor a running database."""
    # A secret is given so that none is made on disk.
    settings = Settings(_env_file=None, secret_key=SecretStr("unused" * 6))
    database = Database(DatabaseAddress("postgresql://unused"))
    return create_app(settings, database, media=Media.in_memory()).openapi()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """What lives as long as the process serves; rooms enter their parts here."""
    async with AsyncExitStack() as parts:
        scans: ScanHandler = app.state.scans
        parts.push_async_callback(scans.close)
        client: httpx.AsyncClient = app.state.client
        parts.push_async_callback(client.aclose)
        yield
