"""Shapes of the accounts' JSON API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class SignInRequest(BaseModel):
    login: Annotated[str, Field(max_length=254, description="Số điện thoại hoặc thư điện tử")]
    passphrase: Annotated[str, Field(max_length=1000)]


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    display_name: str
    language: str


class SessionOut(BaseModel):
    """The cookie carries the session; ``csrf_token`` goes into ``X-CSRF-Token`` of every unsafe request."""

    user: UserOut
    csrf_token: str


class ApiTokenRequest(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=100, description="Tên để nhận ra khóa")]


class ApiTokenOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


class NewApiTokenOut(ApiTokenOut):
    """``token`` is shown this once."""

    token: str
