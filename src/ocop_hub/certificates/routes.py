"""Decisions and certificates as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.service import get_product, products_by_id
from ocop_hub.certificates import queries, service
from ocop_hub.certificates.decisions import NewDecision, enter_decision
from ocop_hub.certificates.declared import declared_only, match_to_decision
from ocop_hub.certificates.history import Outcome, outcomes
from ocop_hub.certificates.models import Certificate, RecognitionDecision
from ocop_hub.certificates.schemas import (
    CertificateOut,
    DecisionIn,
    DecisionOut,
    DeclaredOut,
    ExpiringOut,
    GrantIn,
    MatchIn,
    WithdrawIn,
)
from ocop_hub.certificates.service import Grant
from ocop_hub.certificates.validity import EXPIRING_WITHIN, URGENT_WITHIN, default_issuer, last_day
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import FieldProblem, Malformed, NotFound
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit import clock
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.places.queries import province_in_force
from ocop_hub.producers.access import ActorDep, OfficeActorDep, SignedInActorDep
from ocop_hub.producers.models import Producer

router = APIRouter(prefix="/api/v1", tags=["certificates"], route_class=HubRoute)


@router.get("/decisions")
async def list_decisions(session: SessionDep, actor: ActorDep, params: PageDep) -> Page[DecisionOut]:
    """Recognition decisions, the last entered first."""
    rows, next_cursor = await fetch_page(
        session,
        queries.decisions(),
        sort=RecognitionDecision.created_at,
        row_id=RecognitionDecision.id,
        params=params,
        descending=True,
    )
    return Page(items=[DecisionOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.post("/decisions", status_code=status.HTTP_201_CREATED)
async def enter(
    session: SessionDep, settings: SettingsDep, actor: OfficeActorDep, given: DecisionIn
) -> DecisionOut:
    """Enter a decision and the certificates of its list; the same again changes nothing."""
    stars = min((grant.stars for grant in given.certificates), default=4)
    decision = await enter_decision(
        session,
        actor,
        NewDecision(
            number=given.number,
            issued_on=given.issued_on,
            issuer_level=given.issuer_level or default_issuer(stars, given.issued_on),
            issuer_name=given.issuer_name,
            issuer_province_id=given.issuer_province_id or await _home(session, settings.home_province),
            note=given.note,
        ),
    )
    products = await products_by_id(session, actor, [grant.product_id for grant in given.certificates])
    grants = []
    for n, grant in enumerate(given.certificates):
        product = products.get(grant.product_id)
        if product is None:
            raise NotFound(f"Không tìm thấy sản phẩm ở mục {n + 1} của danh sách.")
        grants.append(_grant(grant, given, product, decision))
    granted = await service.grant_certificates(session, actor, grants)
    if granted.refused:
        raise Malformed(
            "Danh sách có mục chưa đúng; chưa ghi mục nào.",
            fields=[
                FieldProblem(f"certificates.{n}", refusal.code, refusal.detail)
                for n, refusal in granted.refused.items()
            ],
        )
    return DecisionOut.model_validate(decision)


@router.get("/decisions/{decision_id}")
async def get_decision(session: SessionDep, actor: ActorDep, decision_id: UUID) -> DecisionOut:
    """One decision."""
    decision = await session.get(RecognitionDecision, decision_id)
    if decision is None:
        raise NotFound("Không tìm thấy quyết định này.")
    return DecisionOut.model_validate(decision)


@router.get("/products/{product_id}/certificates")
async def list_certificates(session: SessionDep, actor: ActorDep, product_id: UUID) -> list[CertificateOut]:
    """All certificates of a product, the latest first."""
    await get_product(session, actor, product_id)
    query = queries.visible_to(actor).where(Certificate.product_id == product_id)
    rows = (await session.scalars(query.order_by(Certificate.valid.desc()))).all()
    return await _out(session, rows, outcomes(rows))


@router.get("/certificates/expiring")
async def list_expiring(
    session: SessionDep,
    actor: SignedInActorDep,
    days: Annotated[int, Query(ge=1, le=366)] = EXPIRING_WITHIN.days,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[ExpiringOut]:
    """Certificates that lapse soon and are not renewed yet, the first to lapse first."""
    now = clock.now()
    query = (
        queries.expiring(actor, now, days=days)
        .join(Product, Product.id == Certificate.product_id)
        .join(Producer, Producer.id == Product.producer_id)
        .where(Product.merged_into_id.is_(None))
        .with_only_columns(Certificate, Product.name, Producer.name)
    )
    return [
        _expiring(certificate, product, producer, now)
        for certificate, product, producer in await session.execute(query.limit(limit))
    ]


@router.get("/declared-stars")
async def list_declared(session: SessionDep, actor: OfficeActorDep, params: PageDep) -> Page[DeclaredOut]:
    """Products whose stars were typed and not matched to a decision: outside every percentage."""
    rows, next_cursor = await fetch_page(
        session, declared_only(actor), sort=Product.sort_key, row_id=Product.id, params=params
    )
    items = [
        DeclaredOut(
            product_id=row.id,
            product_name=row.name,
            producer_id=row.producer_id,
            declared_stars=row.declared_stars or 0,
        )
        for row in rows
    ]
    return Page(items=items, next_cursor=next_cursor)


@router.post("/products/{product_id}/match-decision")
async def match_decision(
    session: SessionDep, actor: OfficeActorDep, product_id: UUID, given: MatchIn
) -> CertificateOut:
    """Match typed stars to the decision that gave them."""
    certificate = await match_to_decision(session, actor, product_id, given.decision_id, stars=given.stars)
    return (await _out(session, [certificate]))[0]


@router.post("/certificates/{certificate_id}/withdraw")
async def withdraw(
    session: SessionDep, actor: OfficeActorDep, certificate_id: UUID, given: WithdrawIn
) -> CertificateOut:
    """Withdraw a certificate (thu hồi)."""
    certificate = await service.withdraw(session, actor, certificate_id, reason=given.reason, at=given.at)
    return (await _out(session, [certificate]))[0]


def _expiring(certificate: Certificate, product: str, producer: str, now: datetime) -> ExpiringOut:
    today = clock.business_day(now)
    expires_on = last_day(certificate.valid) or today
    left = (expires_on - today).days
    return ExpiringOut(
        product_id=certificate.product_id,
        product_name=product,
        producer_id=certificate.producer_id,
        producer_name=producer,
        stars=certificate.stars,
        expires_on=expires_on,
        days_left=left,
        urgent=left <= URGENT_WITHIN.days,
    )


async def _out(
    session: AsyncSession, rows: Sequence[Certificate], known: Mapping[UUID, Outcome] | None = None
) -> list[CertificateOut]:
    ids = {row.decision_id for row in rows}
    found = await session.scalars(select(RecognitionDecision).where(RecognitionDecision.id.in_(ids)))
    decisions = {decision.id: DecisionOut.model_validate(decision) for decision in found}
    at = clock.now()
    return [CertificateOut.of(row, decisions[row.decision_id], at, (known or {}).get(row.id)) for row in rows]


def _grant(grant: GrantIn, given: DecisionIn, product: Product, decision: RecognitionDecision) -> Grant:
    return Grant(
        product_id=product.id,
        producer_id=product.producer_id,
        decision_id=decision.id,
        stars=grant.stars,
        issued_on=grant.issued_on or given.issued_on,
        expires_on=grant.expires_on,
        number=grant.number,
        proposed_five=grant.proposed_five,
        certified_unit_id=product.certified_unit_id or product.current_unit_id,
    )


async def _home(session: AsyncSession, code: str) -> str | None:
    home: str | None = await session.scalar(select(province_in_force(code)))
    return home
