"""Shapes of photos, photo addresses and spoken stories in the JSON API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.catalogue.models import FetchState
from ocop_hub.catalogue.photo_urls import LONGEST_URL
from ocop_hub.catalogue.photos import MAX_PHOTOS
from ocop_hub.catalogue.schemas import PhotoOut

Caption = Annotated[str, Field(max_length=300)]


class ReceivedOut(PhotoOut):
    """A photo, and what arrived for it: compare before you let go of your own copy."""

    received_sha256: str = Field(description="SHA-256 of the bytes that arrived, in hexadecimal")
    received_bytes: int = Field(description="How many bytes arrived")


class PhotoPatch(BaseModel):
    """Changes of a photo; a field that is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    position: Annotated[int | None, Field(ge=0, lt=MAX_PHOTOS, description="0 is the main photo")] = None
    caption: Caption | None = None


class PhotoUrlsIn(BaseModel):
    """Addresses from which photos are to be fetched."""

    model_config = ConfigDict(extra="forbid")

    urls: list[Annotated[str, Field(max_length=LONGEST_URL)]] = Field(min_length=1, max_length=MAX_PHOTOS)


class PhotoUrlOut(BaseModel):
    """One address; ``problem`` says why it failed, or why it is tried again."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    url: str
    state: FetchState
    problem: str
    tries: int
    created_at: datetime


class SpokenStoryOut(BaseModel):
    """A recording; ``GET …/audio`` gives it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime
