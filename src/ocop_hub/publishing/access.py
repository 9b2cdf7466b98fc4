"""What a route of this room takes from the application: everything outside the database."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from ocop_hub.publishing.adapters import Outside


def outside_of(request: Request) -> Outside:
    """The process's outside, as the application was wired."""
    outside: Outside = request.app.state.outside
    return outside


OutsideDep = Annotated[Outside, Depends(outside_of)]
