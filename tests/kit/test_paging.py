"""Cursors that come back as they went out, and those that do not."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import make_producer

from ocop_hub.kit.ids import new_id
from ocop_hub.kit.paging import BadCursor, PageParams, cut, fetch_page, read_cursor, write_cursor
from ocop_hub.producers.models import Producer


def test_there_and_back() -> None:
    assert read_cursor(write_cursor("Trà hoa vàng", "7"), 2) == ["Trà hoa vàng", "7"]


@pytest.mark.parametrize(
    "cursor", ["x", "é", "e30", write_cursor("a"), write_cursor("a", "b", "c"), "A" * 2_000]
)
def test_others_are_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        read_cursor(cursor, 2)


def test_a_nul_is_refused_before_it_reaches_the_database() -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(["a\x00b", "c"]).encode()).decode()
    with pytest.raises(BadCursor):
        read_cursor(cursor, 2)


def test_cut() -> None:
    assert cut([1, 2, 3], 2, lambda n: [str(n)]) == ([1, 2], write_cursor("2"))
    assert cut([1, 2], 2, lambda n: [str(n)]) == ([1, 2], None)
    assert cut([], 2, lambda n: [str(n)]) == ([], None)


class TestFetchPage:
    async def _walk(
        self, session: AsyncSession, ids: set[UUID], *, by_time: bool, descending: bool
    ) -> list[UUID]:
        seen: list[UUID] = []
        cursor = None
        while True:
            rows, cursor = await fetch_page(
                session,
                select(Producer).where(Producer.id.in_(ids)),
                sort=Producer.created_at if by_time else Producer.sort_key,
                row_id=Producer.id,
                params=PageParams(limit=2, cursor=cursor),
                descending=descending,
            )
            seen += [row.id for row in rows]
            if cursor is None:
                return seen

    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize("by_time", [False, True])
    async def test_every_row_once_although_keys_repeat(
        self, session: AsyncSession, by_time: bool, descending: bool
    ) -> None:
        made = [await make_producer(session, name) for name in ("HTX A", "HTX A", "HTX A", "HTX Ă", "HTX B")]
        for producer in made:
            await session.refresh(producer)
        seen = await self._walk(session, {each.id for each in made}, by_time=by_time, descending=descending)
        assert seen == sorted(
            (each.id for each in made),
            key=lambda i: next(((p.created_at if by_time else p.sort_key), p.id) for p in made if p.id == i),
            reverse=descending,
        )

    @pytest.mark.parametrize(
        "place",
        [
            ("khong phai ngay", str(new_id())),
            ("2026-09-30T00:00:00", str(new_id())),
            (datetime.now(UTC).isoformat(), "x"),
        ],
    )
    async def test_a_moment_must_be_one(self, session: AsyncSession, place: tuple[str, str]) -> None:
        with pytest.raises(BadCursor):
            await fetch_page(
                session,
                select(Producer),
                sort=Producer.created_at,
                row_id=Producer.id,
                params=PageParams(cursor=write_cursor(*place)),
            )
