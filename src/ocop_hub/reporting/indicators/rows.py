"""The rows behind every counted indicator, as selects: a number is always the sum of the list it opens.

Each select has the columns ``id, name, sort_key, part, amount``; ``part`` is a word of a breakdown ("" for none). All
start from what the actor may see, of the question's province, up to the end of its day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ocop_hub.accounts.models import User
from ocop_hub.catalogue.models import Product, ProductGroup
from ocop_hub.catalogue.queries import of_visible_producer, visible_to
from ocop_hub.kit import clock
from ocop_hub.places.queries import province_in_force
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Mandate, Producer
from ocop_hub.producers.queries import visible_to as producers_visible_to
from ocop_hub.publishing.live_sessions import LiveSession
from ocop_hub.publishing.models import AccountState, MarketplaceAccount, MarketplaceRow
from ocop_hub.reporting.coverage import KIND_LABELS
from ocop_hub.reporting.figures import GRADES, By, Standing
from ocop_hub.reporting.models import Denominator
from ocop_hub.reporting.queries import population, standings
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.sightings import moment, sightings
from ocop_hub.traceability.models import Lot, LotState, PrintRun, ScanDay

Rows = Select[*tuple[Any, ...]]
RowsOf = Callable[[Actor, Question], Rows]
Asked = TypeVar("Asked", bound=Select[Any])

#: Lots whose labels lead to a page that tells their way.
_OUT = (LotState.RELEASED, LotState.CLOSED)


def year_start(question: Question) -> date:
    """The first day of what is counted through the year."""
    return date(question.as_of.year, 1, 1)


def _columns(
    row_id: Any, name: Any, sort_key: Any, part: Any = None, amount: Any = None
) -> tuple[ColumnElement[Any], ...]:
    return (
        row_id.label("id"),
        cast(name, Text()).label("name"),
        cast(sort_key, String(collation="C")).label("sort_key"),
        (literal("") if part is None else func.coalesce(cast(part, Text()), "")).label("part"),
        (literal_column("1") if amount is None else amount).label("amount"),
    )


def _kind() -> ColumnElement[str]:
    return case(*((Producer.kind == kind, label) for kind, label in KIND_LABELS.items()), else_="")


def _products(actor: Actor, question: Question, *parts: Any) -> Rows:
    """Products of the province with the columns of a list; ``parts``: the part, then the amount."""
    query = visible_to(actor).join(ProductGroup, ProductGroup.code == Product.group_code)
    return _at_home(query, question, Product.province_id).with_only_columns(
        *_columns(Product.id, Product.name, Product.sort_key, *(parts or (ProductGroup.name_vi,))),
        maintain_column_froms=True,
    )


def _producers(actor: Actor, question: Question, part: Any = None) -> Rows:
    """Producers of the province with the columns of a list, by kind unless another part is given."""
    query = producers_visible_to(actor).where(Producer.merged_into_id.is_(None))
    return _at_home(query, question, Producer.province_id).with_only_columns(
        *_columns(Producer.id, Producer.name, Producer.sort_key, _kind() if part is None else part),
        maintain_column_froms=True,
    )


def _at_home(query: Asked, question: Question, column: InstrumentedAttribute[str | None]) -> Asked:
    return query.where(column == province_in_force(question.province)) if question.province else query


def counting(question: Question, denominator: Denominator) -> Question:
    """The same question with another denominator."""
    return replace(question, rule=replace(question.rule, denominator=denominator))


def participating(actor: Actor, question: Question) -> Rows:
    """Products taking part in the Programme, with or without stars, by group."""
    counted = population(actor, counting(question, Denominator.PARTICIPATING)).subquery("counted")
    return _products(actor, question).join(counted, counted.c.product_id == Product.id)


def certified(actor: Actor, question: Question) -> Rows:
    """Products whose certificate holds, by stars."""
    asked = counting(question, Denominator.CERTIFIED_VALID)
    counted = population(actor, asked, By.STARS).subquery("counted")
    stars = func.concat(counted.c.stars, " sao")
    return _products(actor, question, stars).join(counted, counted.c.product_id == Product.id)


def certified_producers(actor: Actor, question: Question) -> Rows:
    """Producers with at least one product whose certificate holds, by kind."""
    asked = counting(question, Denominator.CERTIFIED_VALID)
    counted = population(actor, asked, By.PRODUCER).subquery("counted")
    return _producers(actor, question).where(Producer.id.in_(select(counted.c.producer)))


def listed_producers(actor: Actor, question: Question) -> Rows:
    """Producers with at least one product listed, by the rule in force."""
    each = standings(actor, question, By.PRODUCER).subquery("each")
    listed = select(each.c.producer).where(each.c.standing == Standing.LISTED.value)
    return _producers(actor, question).where(Producer.id.in_(listed))


def stalls(actor: Actor, question: Question) -> Rows:
    """Stalls that are not closed, by marketplace."""
    query = (
        producers_visible_to(actor)
        .join(MarketplaceAccount, MarketplaceAccount.producer_id == Producer.id)
        .join(MarketplaceRow, MarketplaceRow.key == MarketplaceAccount.marketplace_key)
        .where(
            MarketplaceAccount.state != AccountState.CLOSED,
            MarketplaceAccount.created_at <= moment(question.instant),
        )
    )
    return _at_home(query, question, Producer.province_id).with_only_columns(
        *_columns(MarketplaceAccount.id, MarketplaceAccount.name, Producer.sort_key, MarketplaceRow.name),
        maintain_column_froms=True,
    )


def products_on_marketplaces(actor: Actor, question: Question) -> Rows:
    """Counted products listed, once for every marketplace they are on; by marketplace."""
    counted = population(actor, question).subquery("counted")
    seen = sightings(question, per_marketplace=True)
    return (
        _products(actor, question, MarketplaceRow.name)
        .join(counted, counted.c.product_id == Product.id)
        .join(seen, seen.c.product_id == Product.id)
        .join(MarketplaceRow, MarketplaceRow.key == seen.c.marketplace_key)
        .where(seen.c.rank <= GRADES.index(question.rule.least_evidence))
    )


def _became(product_id: InstrumentedAttribute[UUID]) -> ColumnElement[UUID]:
    """The product that counts for one: lots and what is known of them stay with a merged product's own name."""
    named = aliased(Product)
    kept = select(func.coalesce(named.merged_into_id, named.id)).where(named.id == product_id)
    return kept.correlate(product_id.class_).scalar_subquery()


def _published_lots(question: Question) -> Select[*tuple[Any, ...]]:
    return select(_became(Lot.product_id).label("product_id"), Lot.producer_id).where(
        Lot.state.in_(_OUT), Lot.created_at <= moment(question.instant)
    )


def trace_products(actor: Actor, question: Question) -> Rows:
    """Products with at least one published lot, whose label leads to its way; by group."""
    lots = _published_lots(question).subquery("lots")
    return _products(actor, question).where(Product.id.in_(select(lots.c.product_id)))


def trace_producers(actor: Actor, question: Question) -> Rows:
    """Producers with at least one published lot, by kind."""
    lots = _published_lots(question).subquery("lots")
    return _producers(actor, question).where(Producer.id.in_(select(lots.c.producer_id)))


def labels_printed(actor: Actor, question: Question) -> Rows:
    """Labels of runs that left the house as a file in the year up to the day and were not voided; by group."""
    first, last = moment(clock.day_start(year_start(question))), moment(question.instant)
    product_id = _became(Lot.product_id).label("product_id")
    runs = (
        select(product_id, func.sum(PrintRun.count).label("labels"))
        .join(Lot, Lot.id == PrintRun.lot_id)
        .where(
            of_visible_producer(actor, PrintRun.producer_id),
            PrintRun.printed > 0,
            PrintRun.created_at.between(first, last),
            (PrintRun.voided_at.is_(None)) | (PrintRun.voided_at > last),
        )
        .group_by(product_id)
        .subquery("runs")
    )
    return _products(actor, question, ProductGroup.name_vi, runs.c.labels).join(
        runs, runs.c.product_id == Product.id
    )


def scans(actor: Actor, question: Question) -> Rows:
    """Looks at labels in the year up to the day, by group; nothing is known of who looked."""
    product_id = _became(ScanDay.product_id).label("product_id")
    days = (
        select(product_id, func.sum(ScanDay.scans).label("scans"))
        .where(
            of_visible_producer(actor, ScanDay.producer_id),
            ScanDay.day.between(year_start(question), question.as_of),
        )
        .group_by(product_id)
        .subquery("days")
    )
    return _products(actor, question, ProductGroup.name_vi, days.c.scans).join(
        days, days.c.product_id == Product.id
    )


def payment_qr(actor: Actor, question: Question) -> Rows:
    """Producers with a bank account for the payment card, as of now; by kind."""
    return _producers(actor, question).where(
        Producer.bank_bin.is_not(None), Producer.bank_account.is_not(None)
    )


def _mandates(question: Question) -> ColumnElement[bool]:
    return and_(Mandate.producer_id == Producer.id, Mandate.valid.contains(moment(question.instant)))


def assisted(actor: Actor, question: Question) -> Rows:
    """Producers with a mandate in force for somebody to act for them, by who that is."""
    helped = _producers(actor, question, User.display_name)
    return helped.join(Mandate, _mandates(question)).join(User, User.id == Mandate.helper_id)


def helpers(actor: Actor, question: Question) -> Rows:
    """People who hold a mandate in force of a producer of the province."""
    query = (
        producers_visible_to(actor)
        .join(Mandate, _mandates(question))
        .join(User, User.id == Mandate.helper_id)
    )
    return (
        _at_home(query, question, Producer.province_id)
        .with_only_columns(
            *_columns(User.id, User.display_name, User.display_name), maintain_column_froms=True
        )
        .distinct()
    )


def live_sessions(actor: Actor, question: Question) -> Rows:
    """Live-stream sessions entered for the year up to the day, by channel."""
    return _sessions(actor, question, literal_column("1"))


def live_viewers(actor: Actor, question: Question) -> Rows:
    """Viewers of those sessions, where somebody counted."""
    return _sessions(actor, question, func.coalesce(LiveSession.viewers, 0))


def live_orders(actor: Actor, question: Question) -> Rows:
    """Orders from those sessions, where somebody counted."""
    return _sessions(actor, question, func.coalesce(LiveSession.orders, 0))


def _sessions(actor: Actor, question: Question, amount: Any) -> Rows:
    title = func.concat_ws(" · ", func.nullif(LiveSession.title, ""), Producer.name)
    query = (
        producers_visible_to(actor)
        .join(LiveSession, LiveSession.producer_id == Producer.id)
        .where(LiveSession.held_on.between(year_start(question), question.as_of))
    )
    return _at_home(query, question, Producer.province_id).with_only_columns(
        *_columns(LiveSession.id, title, LiveSession.held_on, LiveSession.channel, amount),
        maintain_column_froms=True,
    )
