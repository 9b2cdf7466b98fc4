"""Shapes of the import API."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.intake.models import ImportState


class CountsOut(BaseModel):
    """What became of the data rows, or would: each is in one of the first five."""

    created: int
    updated: int
    unchanged: int
    wrong: int
    duplicates: int
    without_decision: int
    producers: int
    certificates: int


class ProblemOut(BaseModel):
    row: int
    field: str
    problem: str
    code: str


class DuplicateOut(BaseModel):
    row: int
    of_row: int


class ColumnOut(BaseModel):
    """A header of the file and the field it was taken for; empty: not read."""

    header: str
    field: str
    column: str = Field("", description="The column's letters; empty where it is not read")


class CandidateOut(BaseModel):
    id: str
    name: str
    place: str


class QuestionOut(BaseModel):
    """Rows that may mean a known producer or product; ``answer`` is a candidate's id, "new", or empty."""

    key: str
    kind: str
    written: str
    candidates: list[CandidateOut]
    rows: list[int] = Field(description="The first of them")
    answer: str


class FontExampleOut(BaseModel):
    """A cell typed for an old font, as written and as read."""

    font: str
    before: str
    after: str


class ReportOut(BaseModel):
    """Rows as the spreadsheet numbers them, fields as the file heads them."""

    rows: int
    valid: int
    duplicates: list[DuplicateOut]
    errors: list[ProblemOut]
    warnings: list[ProblemOut]
    sheet: str
    header_row: int
    other_sheets: list[str]
    columns: list[ColumnOut]
    questions: list[QuestionOut] = []
    font_cells: int = 0
    fonts: list[FontExampleOut] = []


class ImportOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    filename: str
    state: ImportState
    counts: CountsOut
    report: ReportOut
    created_at: datetime
    stored_at: datetime | None


class ColumnsIn(BaseModel):
    """What headers of the file mean: header as written to field; an empty field: the column is not to be read."""

    columns: dict[str, str] = Field(max_length=200, examples=[{"Tên hàng": "name", "Ghi chú": ""}])


class AnswersIn(BaseModel):
    """Answers to the questions of a checked file: key to a candidate's id, "new", or empty to leave it open."""

    answers: dict[str, str] = Field(max_length=2000)
