"""The lists behind a number, as selects: who is in it, who is not and why, what is not counted at all."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Interval,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.queries import visible_to
from ocop_hub.certificates.models import Certificate
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.places.models import AdminUnit, UnitLevel
from ocop_hub.places.queries import province_in_force
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.models import (
    AccountState,
    Listing,
    ListingInterval,
    MarketplaceAccount,
    MarketplaceRow,
)
from ocop_hub.reporting.figures import By, Geo, Standing
from ocop_hub.reporting.queries import has_key, lies_with, population, standings
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.reasons import ReasonCode
from ocop_hub.reporting.sightings import counting_marketplaces


class Part(StrEnum):
    """Which list: the numerator, the rest of the denominator, or what is not counted at all."""

    LISTED = "listed"
    NOT_LISTED = "not_listed"
    NOT_COUNTED = "not_counted"


def products(actor: Actor, question: Question, part: Part) -> Select[*tuple[Any, ...]]:
    """Columns ``product_id, unit, standing, reason_code, marketplace, since, reason`` of the list, unordered."""
    if part is Part.NOT_COUNTED:
        return _not_counted_list(actor, question)
    return _counted_list(actor, question, part is Part.LISTED)


#: From the end of an interval back into its last day.
_A_MOMENT: Final = literal(timedelta(microseconds=1), Interval())
#: The listing that says most about why a product is not counted comes first.
_TELLING: Final = (
    ListingState.LIVE,
    ListingState.NEEDS_PERSON,
    ListingState.REJECTED,
    ListingState.SUSPENDED,
    ListingState.IN_REVIEW,
    ListingState.SUBMITTED,
    ListingState.PREPARING,
    ListingState.UNKNOWN,
    ListingState.DELETED,
    ListingState.UNLISTED,
)


def _telling_listing(question: Question, product_id: ColumnElement[UUID]) -> Any:
    counts = ListingInterval.marketplace_key.in_(counting_marketplaces(question))
    order = case(*((ListingInterval.state == state, n) for n, state in enumerate(_TELLING)), else_=99)
    not_sent = and_(ListingInterval.state == ListingState.REJECTED, Listing.not_sent)
    return (
        select(
            ListingInterval.state,
            case((not_sent, ReasonCode.NOT_SENT.value), else_=cast(ListingInterval.state, Text())).label(
                "code"
            ),
            counts.label("counts"),
            MarketplaceRow.name.label("marketplace"),
            func.lower(ListingInterval.during).label("since"),
            case((Listing.state == ListingInterval.state, Listing.reason), else_="").label("reason"),
        )
        .join(MarketplaceRow, MarketplaceRow.key == ListingInterval.marketplace_key)
        .join(Listing, Listing.id == ListingInterval.listing_id)
        .where(
            ListingInterval.product_id == product_id,
            ListingInterval.during.contains(literal(question.instant)),
            ListingInterval.state.in_(_TELLING),
            or_(counts, ListingInterval.state == ListingState.LIVE),
        )
        .order_by(counts.desc(), order, MarketplaceRow.position)
        .limit(1)
        .lateral("telling")
    )


def _stall(question: Question, producer_id: ColumnElement[UUID]) -> Any:
    order = case(
        (MarketplaceAccount.state == AccountState.NEEDS_SIGN_IN, 0),
        (MarketplaceAccount.state == AccountState.NEEDS_ANSWERS, 1),
        else_=2,
    )
    return (
        select(MarketplaceAccount.state, MarketplaceRow.name.label("marketplace"))
        .join(MarketplaceRow, MarketplaceRow.key == MarketplaceAccount.marketplace_key)
        .where(
            MarketplaceAccount.producer_id == producer_id,
            MarketplaceAccount.state != AccountState.CLOSED,
            MarketplaceAccount.marketplace_key.in_(counting_marketplaces(question)),
        )
        .order_by(order, MarketplaceRow.position)
        .limit(1)
        .lateral("stall")
    )


def _reason(standing: Any, telling: Any, stall: Any) -> ColumnElement[str]:
    """The reason's code, decided in the database so that a list can be filtered and counted by it."""
    of_listing = and_(telling.c.counts, telling.c.state != ListingState.LIVE)
    return case(
        (standing == Standing.LISTED.value, ""),
        (standing == Standing.UNVERIFIED.value, ReasonCode.WEAK_EVIDENCE.value),
        (of_listing, telling.c.code),
        (and_(telling.c.counts, standing == Standing.UNKNOWN.value), ReasonCode.LOOK_AGAIN.value),
        (telling.c.counts, ReasonCode.NOT_LONG_ENOUGH.value),
        (standing == Standing.NOT_LISTABLE.value, ReasonCode.NOT_LISTABLE.value),
        (standing == Standing.OFF_SEASON.value, ReasonCode.OFF_SEASON.value),
        (telling.c.state.is_not(None), ReasonCode.ELSEWHERE.value),
        (stall.c.state == AccountState.NEEDS_SIGN_IN, ReasonCode.STALL_NEEDS_SIGN_IN.value),
        (stall.c.state == AccountState.NEEDS_ANSWERS, ReasonCode.STALL_NEEDS_ANSWERS.value),
        (stall.c.state.is_not(None), ReasonCode.NOT_PUBLISHED.value),
        else_=ReasonCode.NO_STALL.value,
    )


def _counted_list(actor: Actor, question: Question, listed: bool) -> Select[*tuple[Any, ...]]:
    each = standings(actor, question, By.UNIT, By.PRODUCER).subquery("each")
    telling = _telling_listing(question, each.c.product_id)
    stall = _stall(question, each.c.producer)
    is_listed = each.c.standing == Standing.LISTED.value
    columns = [each.c.product_id, each.c.unit, each.c.standing]
    if listed:
        empty = literal("", String())
        return select(
            *columns,
            empty.label("reason_code"),
            empty.label("marketplace"),
            literal_column("NULL::timestamptz").label("since"),
            empty.label("reason"),
        ).where(is_listed)
    return (
        select(
            *columns,
            _reason(each.c.standing, telling, stall).label("reason_code"),
            func.coalesce(telling.c.marketplace, stall.c.marketplace, "").label("marketplace"),
            telling.c.since,
            func.coalesce(telling.c.reason, "").label("reason"),
        )
        .select_from(each.outerjoin(telling, true()).outerjoin(stall, true()))
        .where(~is_listed)
    )


def _not_counted_list(actor: Actor, question: Question) -> Select[*tuple[Any, ...]]:
    counted = population(actor, question).subquery("counted")
    last = (
        select(
            Certificate.valid,
            Certificate.withdrawn_at,
            Certificate.stars,
            Certificate.certified_unit_id,
            Certificate.certified_district_id,
        )
        .where(
            Certificate.product_id == Product.id,
            func.coalesce(func.lower(Certificate.valid), literal(question.instant)) <= question.instant,
        )
        .order_by(func.lower(Certificate.valid).desc().nulls_last())
        .limit(1)
        .lateral("last")
    )
    code = case(
        (last.c.withdrawn_at <= question.instant, ReasonCode.CERTIFICATE_WITHDRAWN.value),
        # Holds a certificate and is left out all the same: that can only be its season.
        (last.c.valid.contains(literal(question.instant)), ReasonCode.OFF_SEASON.value),
        (last.c.valid.is_not(None), ReasonCode.CERTIFICATE_EXPIRED.value),
        else_=ReasonCode.NO_CERTIFICATE.value,
    )
    query = (
        visible_to(actor)
        .join(last, true(), isouter=True)
        .where(
            lies_with(actor, question),
            ~select(counted.c.product_id).where(counted.c.product_id == Product.id).exists(),
        )
        .with_only_columns(
            Product.id.label("product_id"),
            Product.current_unit_id.label("unit"),
            literal_column("NULL::text").label("standing"),
            code.label("reason_code"),
            literal("", String()).label("marketplace"),
            func.coalesce(last.c.withdrawn_at, func.upper(last.c.valid) - _A_MOMENT).label("since"),
            literal("", String()).label("reason"),
            maintain_column_froms=True,
        )
    )
    if question.province:
        query = query.where(Product.province_id == province_in_force(question.province))
    return _of_part(query, question, last)


def _of_part(query: Select[*tuple[Any, ...]], question: Question, last: Any) -> Select[*tuple[Any, ...]]:
    """Only products of the part asked about, by the certificate they held last."""
    certified = func.coalesce(last.c.certified_unit_id, Product.certified_unit_id)
    columns: dict[By, Any] = {
        By.UNIT: certified if question.geo is Geo.AS_CERTIFIED else Product.current_unit_id,
        By.GROUP: Product.group_code,
        By.STARS: last.c.stars,
        By.PRODUCER: Product.producer_id,
    }
    if By.KIND in question.narrowed:
        query = query.join(Producer, Producer.id == Product.producer_id)
        columns[By.KIND] = Producer.kind
    if By.DISTRICT in question.narrowed:
        place, district = aliased(AdminUnit), aliased(AdminUnit)
        query = query.join(place, place.id == certified, isouter=True).join(
            district, and_(district.id == place.parent_id, district.level == UnitLevel.DISTRICT), isouter=True
        )
        columns[By.DISTRICT] = func.coalesce(last.c.certified_district_id, district.id)
    for cut, key in question.narrowed.items():
        if cut in columns:
            query = query.where(has_key(columns[cut], key))
    return query
