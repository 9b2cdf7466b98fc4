"""Products of another system, up to 1,000 in a call: found by a key, each row judged and answered by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import ColumnElement, String, Uuid, any_, cast, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import queries
from ocop_hub.catalogue.bulk import Outcome
from ocop_hub.catalogue.bulk_schemas import (
    Policy,
    RowKey,
    RowProblem,
    UpsertIn,
    UpsertOut,
    UpsertRow,
    UpsertRowOut,
)
from ocop_hub.catalogue.bulk_write import KnownProduct, gtin_owners, known_of, known_rows, write_known
from ocop_hub.catalogue.content import CONTENT, EMPTY
from ocop_hub.catalogue.errors import RowsRefused
from ocop_hub.catalogue.given import ready, stored_gtin
from ocop_hub.catalogue.models import Product, ProductGroup, ProductSubGroup
from ocop_hub.errors import FieldProblem, HubError
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.producers.queries import visible_to as producers_visible_to


@dataclass(slots=True)
class _Row:
    """A row on its way: what it says, whose it is, and what is wrong with it."""

    said: UpsertRow | None = None
    values: dict[str, Any] = field(default_factory=dict)
    known: KnownProduct | None = None
    outcome: Outcome = Outcome.REFUSED
    problems: list[RowProblem] = field(default_factory=list)
    ignored: list[RowProblem] = field(default_factory=list)

    def refuse(self, code: str, problem: str, at: str = "") -> None:
        self.problems.append(RowProblem(field=at, code=code, problem=problem))


async def upsert_products(session: AsyncSession, actor: Actor, given: UpsertIn) -> UpsertOut:
    """Add or bring up to date; a change is a revision, and the same call again changes nothing.

    The number of statements does not grow with the rows. Raises :class:`RowsRefused` under ``refuse_all`` when a
    row is wrong, and :class:`GtinTaken` where a GTIN was taken in the same moment.
    """
    # Held, so that the session need not ask for each row's group again.
    _held = (
        (await session.scalars(select(ProductGroup))).all(),
        (await session.scalars(select(ProductSubGroup))).all(),
    )
    drops = given.policy is Policy.IGNORE_FIELDS
    rows = [_read(each, drops=drops) for each in given.products]
    good = [row for row in rows if row.said is not None]
    await _find(session, actor, good, given)
    producers = await _producers(session, actor, good, given.producer_id)
    for row in good:
        await _fill(session, actor, row, producers.get(_producer_of(row, given)), drops=drops)
    await _hold_gtins(session, good, drops=drops)
    if given.policy is Policy.REFUSE_ALL and any(row.problems for row in rows):
        raise _refused(rows)
    written = _apply(good)
    await write_known(session, actor, written)
    return _answer(rows)


def _read(raw: Mapping[str, Any], *, drops: bool) -> _Row:
    """The row in its types; under ``drops`` without the fields that cannot be read."""
    row, sent = _Row(), dict(raw)
    while True:
        try:
            row.said = UpsertRow.model_validate(sent)
            return row
        except ValidationError as wrong:
            found = {
                str(each["loc"][0]): RowProblem(
                    field=".".join(map(str, each["loc"])),
                    code=each["type"],
                    problem=f"Mục này chưa đúng kiểu hoặc ngoài giới hạn ({each['msg']}).",
                )
                for each in wrong.errors()
            }
            if not drops or not found.keys() <= sent.keys():
                row.problems = list(found.values())
                return row
            row.ignored += found.values()
            sent = {name: value for name, value in sent.items() if name not in found}


def _producer_of(row: _Row, given: UpsertIn) -> UUID | None:
    if row.known is not None:
        return row.known.producer_id
    return (row.said.producer_id if row.said else None) or given.producer_id


async def _find(session: AsyncSession, actor: Actor, rows: Sequence[_Row], given: UpsertIn) -> None:
    """The known product of each row, locked; two rows of one product, and two products of one code, are refused."""
    keys = [_key(row, given) for row in rows]
    found = await _by_key(session, actor, given.key, [key for key in keys if key is not None])
    seen: Counter[object] = Counter()
    for row, key in zip(rows, keys, strict=True):
        if key is None:
            if not row.problems:
                row.refuse("missing", "Dòng này thiếu mã để nhận ra sản phẩm.", given.key.value)
            continue
        seen[key] += 1
        several = found.get(key, [])
        if seen[key] > 1:
            row.refuse("twice", "Sản phẩm này đã có ở một dòng trên.", given.key.value)
        elif len(several) > 1:
            row.refuse("ambiguous", "Nhiều sản phẩm cùng mang mã này; hãy gửi theo id.", given.key.value)
        elif several:
            row.known = several[0]
        elif given.key is RowKey.ID:
            row.refuse("not-found", "Không có sản phẩm này, hoặc bạn không có quyền sửa.", "id")


def _key(row: _Row, given: UpsertIn) -> object | None:
    """What the row is known by; an external code counts within its producer."""
    said = row.said
    if said is None:
        return None
    if given.key is RowKey.ID:
        return said.id
    if given.key is RowKey.EXTERNAL_CODE:
        producer_id = said.producer_id or given.producer_id
        return (producer_id, said.external_code) if producer_id and said.external_code else None
    try:
        return stored_gtin(said.gtin)
    except HubError as wrong:
        row.refuse(wrong.code, wrong.detail, "gtin")
        return None


async def _by_key(
    session: AsyncSession, actor: Actor, kind: RowKey, keys: Collection[Any]
) -> dict[object, list[KnownProduct]]:
    if not keys:
        return {}
    visible = queries.visible_to(actor).with_only_columns(Product.id)
    rows = await session.execute(
        known_rows().where(Product.id.in_(visible), _among(kind, keys)).with_for_update(of=Product)
    )
    found: dict[object, list[KnownProduct]] = {}
    for each in rows.mappings():
        one = known_of(each)
        names = {
            RowKey.ID: one.id,
            RowKey.EXTERNAL_CODE: (one.producer_id, one.content["external_code"]),
            RowKey.GTIN: one.content["gtin"],
        }
        found.setdefault(names[kind], []).append(one)
    return found


def _among(kind: RowKey, keys: Collection[Any]) -> ColumnElement[bool]:
    if kind is RowKey.ID:
        return Product.id == any_(cast(list(keys), ARRAY(Uuid())))
    if kind is RowKey.GTIN:
        return Product.gtin == any_(cast(list(keys), ARRAY(String())))
    codes: dict[UUID, list[str]] = {}
    for producer_id, code in keys:
        codes.setdefault(producer_id, []).append(code)
    return or_(
        *(
            (Product.producer_id == producer_id)
            & (Product.external_code == any_(cast(named, ARRAY(String()))))
            for producer_id, named in codes.items()
        )
    )


async def _producers(
    session: AsyncSession, actor: Actor, rows: Sequence[_Row], default: UUID | None
) -> dict[UUID | None, Producer]:
    named = {row.said.producer_id for row in rows if row.said and row.said.producer_id} | {default}
    named |= {row.known.producer_id for row in rows if row.known}
    wanted = [each for each in named if each is not None]
    found = await session.scalars(
        producers_visible_to(actor).where(Producer.id == any_(cast(wanted, ARRAY(Uuid()))))
    )
    return {each.id: each for each in found}


async def _fill(
    session: AsyncSession, actor: Actor, row: _Row, producer: Producer | None, *, drops: bool
) -> None:
    """The values to store, as one product's change would have them."""
    said = row.said
    if said is None or row.problems:
        return
    if producer is None or not actor.may_change(producer.id):
        row.refuse(
            "not-found", "Không có chủ thể này, hoặc bạn không có quyền nhập cho chủ thể.", "producer_id"
        )
        return
    if row.known is not None and said.revision not in (None, row.known.revision):
        row.refuse("revision-changed", f"Sản phẩm đã có phiên bản {row.known.revision}.", "revision")
        return
    sent = said.content()
    row.values = await _readied(session, row, sent, drops=drops)
    if row.problems or row.known is not None:
        return
    for name in ("name", "group_code"):
        if not row.values.get(name):
            row.refuse("missing", "Sản phẩm mới cần có mục này.", name)
    if not row.problems:
        row.known = _new(producer, row.values)
        row.outcome = Outcome.CREATED


async def _readied(session: AsyncSession, row: _Row, sent: dict[str, Any], *, drops: bool) -> dict[str, Any]:
    while True:
        try:
            # A group or sub-group is judged against the group that the product has; nothing else is asked of it.
            stored = Product(group_code=row.known.content["group_code"]) if row.known is not None else None
            values = await ready(session, sent, stored)
            return {name: value for name, value in values.items() if name in CONTENT}
        except HubError as wrong:
            found = [RowProblem(field=f.field, code=f.code, problem=f.problem) for f in wrong.fields]
            found = found or [RowProblem(field=_field_of(wrong), code=wrong.code, problem=wrong.detail)]
            names = {each.field for each in found}
            if not drops or not names <= sent.keys():
                row.problems += found
                return {}
            row.ignored += found
            sent = {name: value for name, value in sent.items() if name not in names}


def _field_of(wrong: HubError) -> str:
    return "gtin" if wrong.code.startswith("gs1") else "certified_unit_id"


def _new(producer: Producer, values: Mapping[str, Any]) -> KnownProduct:
    place: dict[str, Any] = {}
    if not values.get("certified_unit_id"):
        place = {"current_unit_id": producer.current_unit_id, "province_id": producer.province_id}
    return KnownProduct(new_id(), producer.id, 1, {**EMPTY, **values, **place}, None)


async def _hold_gtins(session: AsyncSession, rows: Sequence[_Row], *, drops: bool) -> None:
    """A GTIN that is another product's, or of a row above, is refused where it stands."""
    owners = await gtin_owners(session, (row.values.get("gtin") for row in rows))
    for row in rows:
        gtin = row.values.get("gtin")
        if row.known is None or row.problems or not gtin:
            continue
        if owners.setdefault(gtin, row.known.id) == row.known.id:
            continue
        problem = RowProblem(
            field="gtin", code="taken", problem=f"Mã GTIN {gtin} đã dùng cho một sản phẩm khác."
        )
        if drops:
            row.ignored.append(problem)
            del row.values["gtin"]
            if row.known.before is None:
                row.known.content["gtin"] = None
        else:
            row.problems.append(problem)


def _apply(rows: Sequence[_Row]) -> list[KnownProduct]:
    """Good rows take their values; what is to be written."""
    written = []
    for row in rows:
        if row.known is None or row.problems:
            row.outcome = Outcome.REFUSED
            continue
        if row.known.before is None:
            written.append(row.known)
            continue
        row.known.content |= row.values
        row.outcome = Outcome.UNCHANGED
        if row.known.content != row.known.before:
            row.outcome = Outcome.UPDATED
            written.append(row.known)
    return written


def _refused(rows: Sequence[_Row]) -> RowsRefused:
    wrong = sum(1 for row in rows if row.problems)
    return RowsRefused(
        f"{wrong} trong {len(rows)} dòng chưa đúng, nên chưa lưu dòng nào. Hãy sửa rồi gửi lại.",
        fields=[
            FieldProblem(f"products.{n}.{each.field}".rstrip("."), each.code, each.problem)
            for n, row in enumerate(rows)
            for each in row.problems
        ],
    )


def _answer(rows: Sequence[_Row]) -> UpsertOut:
    told = [
        UpsertRowOut(
            row=n,
            outcome=row.outcome,
            id=row.known.id if row.known and not row.problems else None,
            revision=row.known.revision if row.known and not row.problems else None,
            problems=row.problems,
            ignored=row.ignored,
        )
        for n, row in enumerate(rows, start=1)
    ]
    count = Counter(each.outcome for each in told)
    return UpsertOut(
        created=count[Outcome.CREATED],
        updated=count[Outcome.UPDATED],
        unchanged=count[Outcome.UNCHANGED],
        refused=count[Outcome.REFUSED],
        rows=told,
    )
