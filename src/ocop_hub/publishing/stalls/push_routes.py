"""Where marketplaces send their pushes: checked by the adapter, kept, answered; a job does the rest."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response, status

from ocop_hub.db import SYSTEM, database_of
from ocop_hub.errors import HubError, NotFound
from ocop_hub.marketplaces.contract import ForgedPush, Misconfigured, PushRequest
from ocop_hub.marketplaces.registry import ADAPTERS
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.stalls import pushes

router = APIRouter(tags=["publishing"])

HOOKS: Final = "/hooks/marketplaces"
#: Real ones have a few hundred bytes.
MAX_BYTES = 256_000

Key = Annotated[str, Path(max_length=40, description="Key of /api/v1/marketplaces")]


class PushRefused(HubError):
    status = 401
    code = "push-refused"
    title = "Thông báo không được nhận"


class PushTooLarge(HubError):
    status = 413
    code = "push-too-large"
    title = "Thông báo quá lớn"


@router.post(HOOKS + "/{market}", status_code=status.HTTP_200_OK, response_class=Response)
async def receive_push(request: Request, outside: OutsideDep, market: Key) -> Response:
    """A marketplace's signed push. Answered with an empty body once it is kept; a repeat is answered alike.

    The signature covers the address as it is registered at the marketplace: this installation's public one.
    """
    adapter = outside.adapters.get(market) if market in ADAPTERS else None
    if adapter is None or not adapter.capabilities.pushes:
        raise NotFound("Sàn này không gửi thông báo tới đây.")
    pushed = PushRequest(f"{outside.public_url}{HOOKS}/{market}", dict(request.headers), await _body(request))
    try:
        events = adapter.read_push(pushed)
    except ForgedPush as error:
        raise PushRefused(error.message) from error
    except Misconfigured as error:
        raise NotFound(error.message) from error
    async with database_of(request).session(SYSTEM) as session:
        await pushes.keep(session, market, events)
    return Response(status_code=status.HTTP_200_OK)


async def _body(request: Request) -> bytes:
    """The raw bytes; a push that is too large is not read to its end."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise PushTooLarge(f"Thông báo dài hơn {MAX_BYTES} byte.")
    return bytes(body)
