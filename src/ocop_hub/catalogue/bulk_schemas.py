"""Shapes of many products in one call."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.catalogue.bulk import Outcome
from ocop_hub.catalogue.schemas import Months, Name, ProductFields, Short, Text

#: Products of one call.
MOST_ROWS: Final = 1_000


class RowKey(StrEnum):
    """By what a row is known: our id, the producer's own code, or the bar code."""

    ID = "id"
    EXTERNAL_CODE = "external_code"
    GTIN = "gtin"


class Policy(StrEnum):
    """What becomes of the rest when something is wrong: nothing is stored, good rows are, or good fields are."""

    REFUSE_ALL = "refuse_all"
    REFUSE_ROWS = "refuse_rows"
    IGNORE_FIELDS = "ignore_fields"


class UpsertRow(ProductFields):
    """One product as another system has it. What is not sent stays; a new one needs name, group and producer."""

    id: UUID | None = None
    producer_id: UUID | None = None
    name: Name | None = None
    group_code: str | None = None
    revision: int | None = Field(
        None, description="Refuse the row when the product has another revision by now"
    )

    def content(self) -> dict[str, Any]:
        """The product's fields that were sent."""
        sent = self.model_dump(exclude_unset=True, exclude={"id", "producer_id", "revision"})
        return {name: value for name, value in sent.items() if value is not None or name not in _NEVER_NONE}


_NEVER_NONE: Final = ("name", "group_code")


class UpsertIn(BaseModel):
    """Up to 1,000 products; each row has the shape of ``UpsertRow`` and is judged by itself."""

    model_config = ConfigDict(extra="forbid")

    key: RowKey = RowKey.EXTERNAL_CODE
    policy: Policy = Policy.REFUSE_ALL
    producer_id: UUID | None = Field(None, description="For rows that name no producer")
    products: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_ROWS)]


class RowProblem(BaseModel):
    """One wrong field of a row; ``field`` is empty where the row itself is refused."""

    field: str
    code: str
    problem: str


class UpsertRowOut(BaseModel):
    """What became of one row, in the order sent (``row`` counts from 1)."""

    row: int
    outcome: Outcome
    id: UUID | None = None
    revision: int | None = None
    problems: list[RowProblem] = []
    ignored: list[RowProblem] = Field([], description="Fields left out under ignore_fields")


class UpsertOut(BaseModel):
    created: int
    updated: int
    unchanged: int
    refused: int
    rows: list[UpsertRowOut]


class BulkChanges(BaseModel):
    """One change for many products; what is not sent stays as each has it."""

    model_config = ConfigDict(extra="forbid")

    group_code: str | None = None
    sub_group_code: str | None = None
    unit: Short | None = None
    storage: Text | None = None
    shelf_life: Short | None = None
    warnings: Text | None = None
    ingredients: Text | None = None
    season_months: Months | None = None

    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(exclude_none=True)
