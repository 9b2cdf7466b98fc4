from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import Cast

from ocop_hub.traceability.errors import LayoutInvalid, PaperNotFound
from ocop_hub.traceability.labels import papers as label_papers
from ocop_hub.traceability.labels.papers import OWN_KEY, Measures

GRID = Measures((210, 297), (60, 30), first=(5, 8), gap=(2, 1), offset=(1.5, -0.5), columns=3, rows=9)


async def test_come_back_as_they_were_measured_with_the_offset_in_the_sheet(
    session: AsyncSession, cast: Cast
) -> None:
    (producer_id,) = cast.alice.producers
    paper = await label_papers.add_paper(session, cast.alice, producer_id, name="Giấy xưởng", measures=GRID)
    assert label_papers.measures_of(paper) == GRID
    sheet = await label_papers.layout_named(session, cast.alice, f"{OWN_KEY}{paper.id}")
    assert (sheet.first, sheet.pitch, sheet.per_page) == ((6.5, 7.5), (62, 31), 27)
    sizes = await label_papers.sizes(session, cast.alice, producer_id)
    assert sizes[-1] == {"value": f"{OWN_KEY}{paper.id}", "label": "Giấy xưởng"}


async def test_anothers_and_those_put_away_are_not_there(session: AsyncSession, cast: Cast) -> None:
    (producer_id,) = cast.alice.producers
    paper = await label_papers.add_paper(session, cast.alice, producer_id, name="Giấy xưởng", measures=GRID)
    with pytest.raises(PaperNotFound):
        await label_papers.layout_named(session, cast.bob, f"{OWN_KEY}{paper.id}")
    with pytest.raises(PaperNotFound):
        await label_papers.add_paper(session, cast.bob, producer_id, name="Giấy", measures=GRID)
    await label_papers.remove_paper(session, cast.alice, paper.id)
    for key in (str(paper.id), "x"):
        with pytest.raises(PaperNotFound):
            await label_papers.layout_named(session, cast.alice, f"{OWN_KEY}{key}")


@pytest.mark.parametrize(
    ("name", "measures", "said"),
    [
        (" ", GRID, "đặt tên"),
        ("Giấy", Measures((210, 297), (120, 30), columns=2), "ra ngoài trang"),
        ("Giấy", Measures((210, 297), (10, 10)), "không in được"),
        ("Giấy", Measures((210, 297), (60, 30), offset=(25, 0)), "Độ lệch"),
    ],
)
async def test_what_cannot_be_printed_is_refused(
    session: AsyncSession, cast: Cast, name: str, measures: Measures, said: str
) -> None:
    (producer_id,) = cast.alice.producers
    with pytest.raises(LayoutInvalid, match=said):
        await label_papers.add_paper(session, cast.alice, producer_id, name=name, measures=measures)
