"""Files that go out of publishing: the sheet of a stall."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.headers import saved_as
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.publishing import packing, service
from ocop_hub.publishing.access import OutsideDep

router = APIRouter(prefix="/api/v1", tags=["publishing"], route_class=HubRoute)


@router.get(
    "/stalls/{stall_id}/sheet.xlsx",
    response_class=Response,
    responses={200: {"content": {packing.XLSX: {}}, "description": "Tệp đăng sàn của gian hàng"}},
)
async def get_sheet(
    session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, stall_id: UUID
) -> Response:
    """Every product that shall be live in the stall, one row each, columns in the order of the entry form."""
    account = await service.account_of(session, actor, stall_id)
    content = await packing.sheet_of(session, outside, account)
    name = f"dang-san-{account.marketplace_key}-{packing.file_stem(account.name)}.xlsx"
    return Response(content, media_type=packing.XLSX, headers=saved_as(name))
