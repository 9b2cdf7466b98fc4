"""What a person says beside a file: which column is which, and under which decision its rows are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.certificates.decisions import NewDecision
from ocop_hub.certificates.models import IssuerLevel
from ocop_hub.certificates.validity import default_issuer
from ocop_hub.errors import FieldProblem, Malformed
from ocop_hub.intake.check import CheckedSheet
from ocop_hub.intake.columns import Field
from ocop_hub.intake.models import ImportKind, RememberedColumn
from ocop_hub.kit.text import clean, fold
from ocop_hub.producers.actor import Actor

#: Folded header to its field; None: the column is not to be read.
Known = Mapping[str, Field | None]
MOST_COLUMNS = 200
_Name = TypeVar("_Name", bound=StrEnum)


class UnknownField(Malformed):
    code = "import-field-unknown"
    title = "Không có nội dung cột này"


@dataclass(frozen=True, slots=True)
class GivenDecision:
    """A decision typed by an office beside its appendix; rows without a number or day of their own take it."""

    number: str
    issued_on: date
    issuer_level: IssuerLevel | None = None
    issuer_name: str = ""

    def new(self, least_stars: int, province_id: str | None) -> NewDecision:
        """The decision to enter; who issued it by stars and date where the person did not say."""
        return NewDecision(
            number=self.number,
            issued_on=self.issued_on,
            issuer_level=self.issuer_level or default_issuer(least_stars, self.issued_on),
            issuer_name=self.issuer_name,
            issuer_province_id=province_id,
        )

    def as_json(self) -> dict[str, Any]:
        """What is kept with the file until the person decides."""
        return {
            "number": clean(self.number),
            "issued_on": self.issued_on.isoformat(),
            "issuer_level": self.issuer_level.value if self.issuer_level else "",
            "issuer_name": clean(self.issuer_name),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> GivenDecision:
        """The reverse of :meth:`as_json`."""
        level = kept["issuer_level"]
        return cls(
            kept["number"],
            date.fromisoformat(kept["issued_on"]),
            IssuerLevel(level) if level else None,
            kept["issuer_name"],
        )


def under(checked: CheckedSheet, decision: GivenDecision) -> None:
    """Let the rows without a number, or with this very number and no day, be rows of the decision."""
    own = fold(decision.number)
    checked.rows = [
        replace(row, decision_no=decision.number, issued_on=row.issued_on or decision.issued_on)
        if not row.decision_no or fold(row.decision_no) == own
        else row
        for row in checked.rows
    ]


def read_columns(given: Mapping[str, str]) -> Known:
    """Headers as written with the names of fields, as people choose them. Raises :class:`UnknownField`."""
    if len(given) > MOST_COLUMNS:
        raise UnknownField(f"Chỉ chọn được nhiều nhất {MOST_COLUMNS} cột một lần.")
    wrong = [header for header, field in given.items() if field and field not in set(Field)]
    if wrong:
        raise UnknownField(
            f"Cột “{wrong[0]}” được chọn một nội dung không có; chọn lại nội dung của cột.",
            fields=[FieldProblem(header, "unknown", "Không có nội dung này.") for header in wrong],
        )
    return {fold(header): Field(field) if field else None for header, field in given.items() if fold(header)}


async def remembered(
    session: AsyncSession, actor: Actor, kind: ImportKind, fields: type[_Name]
) -> dict[str, _Name | None]:
    """What the sender said before of headers in files of that kind."""
    if actor.user_id is None:
        return {}
    rows = await session.scalars(
        select(RememberedColumn).where(
            RememberedColumn.user_id == actor.user_id, RememberedColumn.kind == kind
        )
    )
    # A field that a later version no longer has is as good as not said.
    return {r.header_folded: fields(r.field) if r.field else None for r in rows if r.field in {"", *fields}}


async def remember(
    session: AsyncSession, actor: Actor, kind: ImportKind, columns: Mapping[str, StrEnum | None]
) -> None:
    """Keep what the sender said of headers, folded, for the next file of that kind."""
    if actor.user_id is None or not columns:
        return
    rows = [
        {
            "user_id": actor.user_id,
            "kind": kind,
            "header_folded": header,
            "field": field.value if field else "",
        }
        for header, field in columns.items()
    ]
    adding = insert(RememberedColumn).values(rows)
    await session.execute(
        adding.on_conflict_do_update(
            index_elements=["user_id", "kind", "header_folded"], set_={"field": adding.excluded.field}
        )
    )
