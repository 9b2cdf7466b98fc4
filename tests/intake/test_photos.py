"""A sheet's column of photo addresses: read, asked for with the row, never in the row's way."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cast import OFFICER

from ocop_hub.catalogue.models import FetchState, PhotoFetch
from ocop_hub.intake.cells import addresses
from ocop_hub.intake.check import CheckedSheet, check_file
from ocop_hub.intake.columns import Field, field_of
from ocop_hub.intake.service import store
from ocop_hub.kit.values import ValueProblem
from ocop_hub.places.finder import finder

HEAD = "Tên sản phẩm;Chủ thể;Nhóm;Hạng sao;Xã/Phường;Hình ảnh\n"


def sheet(photos: str) -> CheckedSheet:
    row = f"Miến dong;HTX A;Thực phẩm;3;Xã Bình Liêu;{photos}"
    return check_file((HEAD + row).encode(), "tep.csv", finder(), "22")


@pytest.mark.parametrize("header", ["Ảnh", "HÌNH ẢNH SẢN PHẨM", "Link ảnh (nếu có)", "image", "photo_urls"])
def test_headers(header: str) -> None:
    assert field_of(header) is Field.PHOTOS


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("https://a.vn/1.jpg", ["https://a.vn/1.jpg"]),
        ("https://a.vn/1.jpg\nhttps://a.vn/2.jpg", ["https://a.vn/1.jpg", "https://a.vn/2.jpg"]),
        ("https://a.vn/1.jpg, https://a.vn/2.jpg;", ["https://a.vn/1.jpg", "https://a.vn/2.jpg"]),
        ("https://a.vn/1.jpg,https://a.vn/1.jpg", ["https://a.vn/1.jpg"]),
        ("https://a.vn/w_1,h_2/1.jpg", ["https://a.vn/w_1,h_2/1.jpg"]),
    ],
)
def test_addresses_in_one_cell(cell: str, found: list[str]) -> None:
    assert list(addresses(cell)) == found


@pytest.mark.parametrize("cell", ["có ảnh", "IMG_001.jpg", "https://a.vn/1.jpg; D:\\anh\\1.jpg"])
def test_what_is_no_address(cell: str) -> None:
    with pytest.raises(ValueProblem, match="Sản phẩm vẫn được lưu"):
        addresses(cell)


async def test_asked_for_once_however_often_the_sheet_is_sent(session: AsyncSession) -> None:
    checked = sheet('"https://a.vn/1.jpg https://a.vn/2.jpg"')
    first = await store(session, OFFICER, checked)
    fetches = list(await session.scalars(select(PhotoFetch).order_by(PhotoFetch.url)))
    assert [each.url for each in fetches] == ["https://a.vn/1.jpg", "https://a.vn/2.jpg"]
    assert {each.asked_by for each in fetches} == {OFFICER.label}
    queued = text("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'catalogue.fetch_photo'")
    assert await session.scalar(queued) == 2
    fetches[0].state = FetchState.DONE
    again = await store(session, OFFICER, checked)
    assert (first.counts.created, again.counts.unchanged) == (1, 1)
    assert fetches[0].state is FetchState.DONE
    assert await session.scalar(queued) == 2


async def test_a_wrong_cell_never_stops_the_row(session: AsyncSession) -> None:
    checked = sheet("có ảnh")
    assert [problem.code for problem in checked.warnings] == ["photo_not_address"]
    assert (await store(session, OFFICER, checked)).counts.created == 1
    assert list(await session.scalars(select(PhotoFetch))) == []
