"""Pictures for pages. Their address is their content, so browsers keep them for ever."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from ocop_hub.media import Media

router = APIRouter(include_in_schema=False)


@router.get("/media/{key:path}")
async def picture(
    request: Request, key: str, w: Annotated[Literal["320", "800"] | None, Query()] = None
) -> Response:
    """A kept picture; ``?w=320`` or ``?w=800`` asks for the smaller copy. Other kept files are never served."""
    media: Media = request.app.state.media
    content = await media.read_picture(key, int(w) if w else None)
    return Response(
        content,
        media_type="image/jpeg",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
