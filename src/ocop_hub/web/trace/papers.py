"""Papers behind the steps of a lot, to be read by whoever may see the step."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from ocop_hub.db import SessionDep
from ocop_hub.kit.headers import saved_as
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import ActorDep
from ocop_hub.traceability import papers

router = APIRouter(include_in_schema=False)

#: A paper is somebody else's file: shown, but nothing in it runs or loads.
_POLICY: Final = "sandbox; default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"


@router.get("/giay-to/{event_id}/{position}")
async def paper(
    session: SessionDep, media: MediaDep, actor: ActorDep, event_id: UUID, position: str
) -> Response:
    """A PDF kept with a step: for everyone where it is public, else for those who may write the step."""
    number = int(position) if position.isascii() and position.isdigit() and len(position) < 4 else -1
    content = await papers.read_paper(session, media, actor, event_id, number)
    return Response(
        content,
        media_type="application/pdf",
        headers={
            **saved_as(f"giay-to-{number + 1}.pdf"),
            "Content-Security-Policy": _POLICY,
            "Cache-Control": "private, max-age=300",
        },
    )
