"""The entity tag of a product: its revision. A change names the one it was made on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Response

from ocop_hub.catalogue.errors import RevisionChanged, RevisionMissing
from ocop_hub.catalogue.models import Product


def tag(response: Response, product: Product) -> None:
    """Send the product's entity tag with the answer."""
    response.headers["ETag"] = f'"{product.revision}"'


def named_revision(
    if_match: Annotated[
        str | None, Header(description='Entity tag of the product you read, e.g. "3"')
    ] = None,
) -> int:
    """The revision that ``If-Match`` names. Raises :class:`RevisionMissing`, :class:`RevisionChanged`."""
    if if_match is None:
        raise RevisionMissing('Hãy gửi kèm If-Match với phiên bản đã đọc, ví dụ If-Match: "3".')
    number = if_match.strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise RevisionChanged('If-Match không phải phiên bản của sản phẩm này; ghi ví dụ If-Match: "3".')
    return int(number)


RevisionDep = Annotated[int, Depends(named_revision)]
