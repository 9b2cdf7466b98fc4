"""Papers behind the steps of a lot, to be read by whoever may see the step."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from ocop_hub.db import SessionDep
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import ActorDep
from ocop_hub.traceability import papers
from ocop_hub.web.trace import PAPERS

router = APIRouter(include_in_schema=False)

#: A paper is somebody else's file: shown, but nothing in it runs or loads.
_POLICY: Final = "sandbox; default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"


@router.get(PAPERS + "/{event_id}/{position}")
async def paper(
    session: SessionDep, media: MediaDep, actor: ActorDep, event_id: UUID, position: int
) -> Response:
    """A PDF kept with a step: for everyone where it is public, else for those who may write the step."""
    content = await papers.read_paper(session, media, actor, event_id, position)
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="giay-to-{position + 1}.pdf"',
            "Content-Security-Policy": _POLICY,
            "Cache-Control": "private, max-age=300",
        },
    )
