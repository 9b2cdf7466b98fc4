"""The web application, wired: settings, database and media in; every room's routes on.

``create_app`` is called by the server command and by tests; nothing is made when this module is imported.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from ocop_hub.accounts import routes as accounts
from ocop_hub.db import Database, DatabaseAddress
from ocop_hub.media import Media, open_media
from ocop_hub.places import routes as places
from ocop_hub.producers import routes as producers
from ocop_hub.settings import Settings
from ocop_hub.web import errors, health, media, openapi, sign_in
from ocop_hub.web.middleware import BodyCap, Surroundings
from ocop_hub.web.render import STATIC_DIR
from ocop_hub.web.static_files import MarkedStaticFiles

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
)
#: Pages, and what machines ask.
PAGE_ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    media.router,
    sign_in.router,
)
#: Routers that must come last because they catch many paths (the resolver).
LAST_ROUTERS: tuple[APIRouter, ...] = ()


def create_app(
    settings: Settings,
    database: Database,
    *,
    media: Media | None = None,
    demo_accounts: Sequence[dict[str, str]] = (),
) -> FastAPI:
    """The ASGI application over a database that is up and migrated.

    The caller closes ``database``. ``demo_accounts`` (role_label, login, passphrase, note) stand on the
    sign-in page of a demo.
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
    app.state.demo_accounts = list(demo_accounts) if settings.demo else []
    errors.install(app)
    for router in (*API_ROUTERS, *PAGE_ROUTERS):
        app.include_router(router)
    app.mount("/static", MarkedStaticFiles(directory=STATIC_DIR), name="static")
    for router in LAST_ROUTERS:
        app.include_router(router)

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = openapi.document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend the schema
    return app


def openapi_document() -> dict[str, Any]:
    """The document kept at ``openapi/ocop-hub.json``; needs neither settings nor a running database."""
    settings = Settings(_env_file=None)
    database = Database(DatabaseAddress("postgresql://unused"))
    return create_app(settings, database, media=Media.in_memory()).openapi()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """What lives as long as the process serves; rooms enter their parts (the scan writer, a client)."""
    async with AsyncExitStack() as parts:
        app.state.parts = parts
        yield
