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
from ocop_hub.publishing import bulk_routes as publish_bulk_routes
from ocop_hub.publishing import (
    doubles_routes,
    drift_routes,
    export_routes,
    handover_routes,
    hook_routes,
    office_routes,
    push_routes,
    reasons_routes,
)
from ocop_hub.publishing import routes as publishing
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.wiring import marketplace_client, open_outside
from ocop_hub.reporting import (
    evidence_routes,
    indicator_routes,
    open_routes,
    period_routes,
    target_routes,
)
from ocop_hub.reporting import routes as reporting
from ocop_hub.settings import Settings
from ocop_hub.traceability import (
    epcis_discovery,
    epcis_routes,
    history_routes,
    paper_routes,
    report_routes,
)
from ocop_hub.traceability import label_routes as labels
from ocop_hub.traceability import routes as traceability
from ocop_hub.web import (
    approvals,
    category_pages,
    claims,
    decision,
    decisions,
    desk,
    desk_alerts,
    desk_bulk,
    desk_drift,
    desk_edit,
    desk_events,
    desk_handover,
    desk_history,
    desk_import,
    desk_import_lots,
    desk_labels,
    desk_listings,
    desk_lots,
    desk_photos,
    desk_problems,
    desk_product,
    desk_recall,
    desk_runs,
    desk_share,
    desk_story,
    desk_variants,
    duplicates,
    errors,
    fee_pages,
    feeds,
    front,
    handover,
    health,
    hook_pages,
    label_studio,
    makers,
    mandates,
    media,
    members,
    open_data,
    openapi,
    product_label,
    publish_bulk,
    publish_watch,
    reason_pages,
    report_charts,
    report_compare,
    report_indicators,
    report_monthly,
    report_papers,
    report_periods,
    report_problem,
    report_rules,
    report_targets,
    reports,
    seen_pages,
    sign_in,
    sitemap,
    stall_consent,
    stall_items,
    stalls,
    star_matching,
    trace_papers,
)
from ocop_hub.web import (
    catalogue as catalogue_pages,
)
from ocop_hub.web import (
    producers as producer_pages,
)
from ocop_hub.web.middleware import BodyCap, Surroundings
from ocop_hub.web.render import STATIC_DIR
from ocop_hub.web.static_files import MarkedStaticFiles
from ocop_hub.web.trace import ScanHandler, mount_scan, render_fault, render_serial, render_story

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
    reporting.router,
    period_routes.router,
    target_routes.router,
    indicator_routes.router,
    open_routes.router,
    evidence_routes.router,
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
    app.state.demo_accounts = list(demo_accounts) if settings.demo else []
    errors.install(app)
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
