"""Styles, scripts and drawings; an address with the content's mark may be kept for ever."""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

KEPT_FOR_EVER = "public, max-age=31536000, immutable"


class MarkedStaticFiles(StaticFiles):
    """Static files with cache headers by address: ``?v=`` never changes, without it an hour."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file with its Cache-Control."""
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            marked = b"v=" in scope["query_string"]
            response.headers["Cache-Control"] = KEPT_FOR_EVER if marked else "public, max-age=3600"
        return response
