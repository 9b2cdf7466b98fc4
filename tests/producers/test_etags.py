"""Two programs that change one producer: the second is told."""

from __future__ import annotations

import httpx
from tests.builders import Cast, sign_in


async def test_a_change_made_meanwhile_is_not_written_over(client: httpx.AsyncClient, cast: Cast) -> None:
    await sign_in(client, cast.hoa)
    path = f"/api/v1/producers/{cast.hers.id}"
    read = (await client.get(path)).headers["etag"]
    first = await client.patch(path, json={"address": "Thôn 1"}, headers={"If-Match": read})
    assert first.status_code == 200, first.text
    assert first.headers["etag"] != read
    late = await client.patch(path, json={"address": "Thôn 2"}, headers={"If-Match": read})
    assert (late.status_code, late.json()["type"]) == (412, "urn:ocop-hub:error:producer-changed")
    odd = await client.patch(path, json={"address": "Thôn 2"}, headers={"If-Match": '"3"'})
    assert odd.status_code == 412
    again = await client.patch(path, json={"address": "Thôn 2"}, headers={"If-Match": first.headers["etag"]})
    assert again.status_code == 200
