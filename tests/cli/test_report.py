"""``ocop-hub report coverage``: its words are the rooms' words, its JSON the API's object."""

from __future__ import annotations

from enum import StrEnum

import pytest

from ocop_hub.cli import report
from ocop_hub.marketplaces.contract import Grade
from ocop_hub.reporting.figures import By, Geo
from ocop_hub.reporting.models import Denominator, ListingRule


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        (report.ByWord, By),
        (report.GeoWord, Geo),
        (report.DenominatorWord, Denominator),
        (report.ListingRuleWord, ListingRule),
        (report.EvidenceWord, Grade),
    ],
)
def test_words_are_the_rooms_words(word: type[StrEnum], meant: type[StrEnum]) -> None:
    assert [each.value for each in word] == [each.value for each in meant]
