"""A copy of a picture is known, another picture is not; on files as they come from marketplaces."""

from __future__ import annotations

import io
from itertools import combinations

import pytest
from PIL import Image, ImageOps
from tests.photos import encoded, framed, still_life

from ocop_hub.kit.looks import alike, look_of


def look(content: bytes) -> str:
    with Image.open(io.BytesIO(content)) as picture:
        return look_of(picture)


SHELF = [still_life(seed) for seed in range(12)] + [still_life(seed, ground="white") for seed in range(12)]


@pytest.fixture(scope="module")
def shelf() -> list[str]:
    return [look(encoded(picture)) for picture in SHELF]


@pytest.mark.parametrize(
    ("kind", "copy"),
    [
        ("encoded again", lambda picture: encoded(picture, quality=30)),
        ("another format", lambda picture: encoded(picture, kind="WEBP")),
        ("small", lambda picture: encoded(picture.resize((240, 240)))),
        ("stretched", lambda picture: encoded(picture.resize((800, 600)))),
        ("a frame over it", lambda picture: encoded(framed(picture))),
        ("a frame around it", lambda picture: encoded(ImageOps.expand(picture, 90, "#b00020"))),
        ("edges cut", lambda picture: encoded(picture.crop((15, 15, 885, 885)))),
        ("grey", lambda picture: encoded(picture.convert("L"))),
    ],
)
def test_a_copy_is_known(kind: str, copy: object, shelf: list[str]) -> None:
    assert callable(copy)
    missed = [number for number, ours in enumerate(shelf) if not alike(ours, look(copy(SHELF[number])))]
    assert missed == [], kind


def test_another_picture_is_not(shelf: list[str]) -> None:
    assert [pair for pair in combinations(range(len(shelf)), 2) if alike(*(shelf[n] for n in pair))] == []


def test_a_picture_turned_round_is_another(shelf: list[str]) -> None:
    assert not alike(shelf[0], look(encoded(SHELF[0].transpose(Image.Transpose.FLIP_LEFT_RIGHT))))


@pytest.mark.parametrize("picture", [Image.new("RGB", (600, 600), "#2f6f4f"), Image.new("L", (1, 1))])
def test_a_plain_picture_has_no_look(picture: Image.Image) -> None:
    assert look_of(picture) == ""


def test_no_look_is_like_none() -> None:
    assert not alike("", "")
