"""Producers as JSON, and who the caller is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Response, status

from ocop_hub.accounts.access import UserDep
from ocop_hub.db import SessionDep
from ocop_hub.errors import NotFound
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit import clock
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.kit.vietqr import Transfer, card_svg
from ocop_hub.producers import claims, consents, merging, people, queries, requests, service
from ocop_hub.producers.access import ActorDep, OfficeActorDep, SignedInActorDep
from ocop_hub.producers.errors import ProducerChanged
from ocop_hub.producers.models import Producer
from ocop_hub.producers.schemas import (
    ClaimCodeIn,
    CodeOut,
    ConsentOut,
    ConsentsIn,
    ContactOut,
    DuplicateOut,
    InvitationIn,
    MandateAnswerIn,
    MandateIn,
    MandateOut,
    MandateRequestIn,
    MandateRequestOut,
    MemberOut,
    MeOut,
    MergeIn,
    MergeOut,
    ProducerIn,
    ProducerOut,
    ProducerPatch,
    RedeemIn,
)

router = APIRouter(prefix="/api/v1", tags=["producers"], route_class=HubRoute)


@router.get("/me")
async def me(actor: SignedInActorDep) -> MeOut:
    """The signed-in actor."""
    return MeOut.model_validate(
        {
            "id": actor.user_id,
            "name": actor.name,
            "role": actor.role,
            "language": actor.language,
            "unit_id": actor.unit_id,
            "producers": sorted(actor.producers),
        }
    )


@router.get("/producers")
async def list_producers(session: SessionDep, actor: ActorDep, params: PageDep) -> Page[ProducerOut]:
    """Producers you may see, in Vietnamese alphabetical order."""
    rows, next_cursor = await fetch_page(
        session, queries.visible_to(actor), sort=Producer.sort_key, row_id=Producer.id, params=params
    )
    return Page(items=[ProducerOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.get("/producers/{producer_id}")
async def get_producer(
    session: SessionDep, actor: ActorDep, producer_id: UUID, response: Response
) -> ProducerOut:
    """One producer; its ``ETag`` goes into the ``If-Match`` of a change."""
    producer = await service.get_producer(session, actor, producer_id)
    _tag(response, producer)
    return ProducerOut.model_validate(producer)


@router.post("/producers", status_code=status.HTTP_201_CREATED)
async def create_producer(session: SessionDep, actor: OfficeActorDep, given: ProducerIn) -> ProducerOut:
    """Enter a producer; it is unclaimed until a person claims it with a code."""
    producer = await service.create_producer(session, actor, given)
    await session.refresh(producer)
    return ProducerOut.model_validate(producer)


@router.patch("/producers/{producer_id}")
async def update_producer(
    session: SessionDep,
    actor: SignedInActorDep,
    producer_id: UUID,
    given: ProducerPatch,
    response: Response,
    if_match: Annotated[
        str | None, Header(description="Entity tag you read; a change made meanwhile is then refused")
    ] = None,
) -> ProducerOut:
    """Change the fields you send; bank fields are an owner's."""
    read_at = _read_at(if_match) if if_match is not None else None
    producer = await service.update_producer(session, actor, producer_id, given, read_at=read_at)
    await session.refresh(producer)
    _tag(response, producer)
    return ProducerOut.model_validate(producer)


def _tag(response: Response, producer: Producer) -> None:
    response.headers["ETag"] = f'"{producer.updated_at.astimezone(UTC).isoformat()}"'


def _read_at(if_match: str) -> datetime:
    try:
        return datetime.fromisoformat(if_match.strip().removeprefix("W/").strip('"'))
    except ValueError:
        raise ProducerChanged("If-Match không phải thẻ ETag của chủ thể này. Hãy đọc lại chủ thể.") from None


@router.get("/producers/{producer_id}/contact")
async def get_contact(session: SessionDep, actor: SignedInActorDep, producer_id: UUID) -> ContactOut:
    """How to reach a producer, for those who work for it and officers."""
    return ContactOut.of(await service.get_producer(session, actor, producer_id))


@router.get("/producers/{producer_id}/payment-card.svg", response_class=Response)
async def get_payment_card(session: SessionDep, actor: SignedInActorDep, producer_id: UUID) -> Response:
    """A card of A6 for the counter with a VietQR code."""
    producer = await service.get_producer(session, actor, producer_id)
    if not (producer.bank_bin and producer.bank_account):
        raise NotFound("Chủ thể chưa ghi tài khoản ngân hàng. Hãy ghi ngân hàng và số tài khoản trước.")
    card = card_svg(
        Transfer(producer.bank_bin, producer.bank_account),
        holder=producer.bank_holder or producer.name,
        heading="Mã QR thanh toán",
    )
    return Response(card, media_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


@router.get("/producers/{producer_id}/members")
async def list_members(session: SessionDep, actor: SignedInActorDep, producer_id: UUID) -> list[MemberOut]:
    """Who belongs to the producer."""
    await service.get_producer(session, actor, producer_id)
    return [
        MemberOut(user_id=member.user_id, name=name, role=member.role, created_at=member.created_at)
        for member, name in await session.execute(people.members_of(producer_id))
    ]


@router.delete("/producers/{producer_id}/members/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_member(
    session: SessionDep, actor: SignedInActorDep, producer_id: UUID, user_id: UUID
) -> None:
    """Take a member off the producer."""
    await people.remove_member(session, actor, producer_id, user_id)


@router.post("/producers/{producer_id}/invitations", status_code=status.HTTP_201_CREATED)
async def invite(
    session: SessionDep, actor: SignedInActorDep, producer_id: UUID, given: InvitationIn
) -> CodeOut:
    """A single-use code with which a person becomes a member."""
    return _code(await claims.invite(session, actor, producer_id, given.role))


@router.post("/producers/{producer_id}/claim-codes", status_code=status.HTTP_201_CREATED)
async def issue_claim(
    session: SessionDep, actor: OfficeActorDep, producer_id: UUID, given: ClaimCodeIn
) -> CodeOut:
    """A single-use code with which a person claims the producer."""
    return _code(await claims.issue_claim(session, actor, producer_id, again=given.again))


@router.post("/claims")
async def redeem(session: SessionDep, actor: SignedInActorDep, user: UserDep, given: RedeemIn) -> ProducerOut:
    """Use a code: claim a producer, or join its members."""
    return ProducerOut.model_validate(await claims.redeem(session, actor, user, given.code))


@router.get("/producers/{producer_id}/mandates")
async def list_mandates(session: SessionDep, actor: SignedInActorDep, producer_id: UUID) -> list[MandateOut]:
    """Who may act for the producer, and who could before."""
    await service.get_producer(session, actor, producer_id)
    at = clock.now()
    found = await session.execute(people.mandates_of(producer_id))
    return [MandateOut.of(mandate, name, at) for mandate, name in found]


@router.post("/producers/{producer_id}/mandates", status_code=status.HTTP_201_CREATED)
async def grant_mandate(
    session: SessionDep, actor: SignedInActorDep, producer_id: UUID, given: MandateIn
) -> MandateOut:
    """Let a helper act for the producer until a day."""
    await service.get_producer(session, actor, producer_id)
    helper = await people.find_user(session, given.helper_login)
    mandate = await people.grant_mandate(
        session,
        actor,
        producer_id,
        helper,
        until=given.until,
        agreed_how=given.agreed_how,
        covers=given.covers,
    )
    return MandateOut.of(mandate, helper.display_name, clock.now())


@router.post("/mandates/{mandate_id}/withdraw", status_code=status.HTTP_204_NO_CONTENT)
async def withdraw_mandate(session: SessionDep, actor: SignedInActorDep, mandate_id: UUID) -> None:
    """End a mandate now."""
    await people.withdraw_mandate(session, actor, mandate_id)


@router.post("/producers/{producer_id}/mandate-requests", status_code=status.HTTP_201_CREATED)
async def ask_for_mandate(
    session: SessionDep, actor: SignedInActorDep, producer_id: UUID, given: MandateRequestIn
) -> MandateRequestOut:
    """A helper asks to act for a producer; its owner answers."""
    asked = await requests.ask(session, actor, producer_id, until=given.until, covers=given.covers)
    return MandateRequestOut.model_validate(asked)


@router.post("/mandate-requests/{request_id}/answer")
async def answer_mandate_request(
    session: SessionDep, actor: SignedInActorDep, request_id: UUID, given: MandateAnswerIn
) -> MandateRequestOut:
    """Agree, which makes a mandate, or not; an owner's answer."""
    return MandateRequestOut.model_validate(
        await requests.answer(session, actor, request_id, agree=given.agree)
    )


@router.get("/producers/{producer_id}/consents")
async def list_consents(session: SessionDep, actor: SignedInActorDep, producer_id: UUID) -> list[ConsentOut]:
    """What of a person's data may stand on public pages."""
    await service.get_producer(session, actor, producer_id)
    found = await consents.given(session, producer_id)
    return [ConsentOut.model_validate(each) for each in found.values()]


@router.put("/producers/{producer_id}/consents")
async def set_consents(
    session: SessionDep, actor: SignedInActorDep, producer_id: UUID, given: ConsentsIn
) -> list[ConsentOut]:
    """Give consents or withdraw them; an owner's own act."""
    await consents.set_consents(session, actor, producer_id, given.purposes)
    await session.flush()
    found = await consents.given(session, producer_id)
    return [ConsentOut.model_validate(each) for each in found.values()]


@router.get("/producer-duplicates")
async def list_duplicates(session: SessionDep, actor: OfficeActorDep) -> list[DuplicateOut]:
    """Producers that may be one: same name and place, or same tax number."""
    return [DuplicateOut.model_validate(each) for each in await merging.duplicates(session, actor)]


@router.post("/producers/{producer_id}/merge")
async def merge(session: SessionDep, actor: OfficeActorDep, producer_id: UUID, given: MergeIn) -> MergeOut:
    """Let a producer be another from now on; undone under /merges/{id}/undo."""
    made = await merging.merge_producers(session, actor, producer_id, given.into_id, reason=given.reason)
    return MergeOut.model_validate(made)


def _code(new: claims.NewCode) -> CodeOut:
    return CodeOut(code=new.code, path=new.path, expires_at=new.row.expires_at)
