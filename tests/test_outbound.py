"""The guarded way out, against real servers on this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from tests.served import served

from ocop_hub.outbound import Outbound, OutboundFailed, OutboundLimits, OutboundRefused, may_connect


def _site(base: str) -> FastAPI:
    app = FastAPI()

    @app.get("/trang")
    async def page(request: Request) -> Response:
        return PlainTextResponse(f"Trứng vịt biển · {request.headers['host']}")

    @app.get("/cp1258")
    async def other_charset() -> Response:
        return Response("Đông Rui".encode("cp1258"), media_type="text/html; charset=windows-1258")

    @app.get("/la-charset")
    async def no_charset(ten: str) -> Response:
        return Response("trà hoa".encode(), headers={"content-type": f"text/html; charset={ten}"})

    @app.get("/khong-dich/{status}")
    async def redirect_nowhere(status: int) -> Response:
        return Response(status_code=status)

    @app.get("/chuyen/{times}")
    async def redirect(times: int) -> Response:
        return RedirectResponse(f"/chuyen/{times - 1}" if times > 1 else "/trang")

    @app.get("/toi")
    async def redirect_to(dich: str) -> Response:
        return RedirectResponse(dich)

    @app.get("/lon")
    async def large() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 100_000

        return StreamingResponse(parts(), media_type="text/html")

    @app.get("/mat")
    async def gone() -> Response:
        return PlainTextResponse("không còn", status_code=404)

    return app


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(_site) as base:
        yield base


@pytest.fixture
async def inside() -> AsyncIterator[Outbound]:
    """May reach this machine, as in a demo."""
    async with Outbound(OutboundLimits(allow_loopback=True, deadline=5)) as outbound:
        yield outbound


@pytest.fixture
async def outside() -> AsyncIterator[Outbound]:
    """As in production."""
    async with Outbound(OutboundLimits(deadline=5)) as outbound:
        yield outbound


class TestMayConnect:
    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
            "255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
            "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "192.0.2.1", "fec0::1",
            "::10.0.0.1", "::ffff:0:10.0.0.1",
        ],
    )  # fmt: skip
    def test_not_the_public_internet(self, address: str) -> None:
        assert not may_connect(ipaddress.ip_address(address), allow_loopback=False)

    @pytest.mark.parametrize("address", ["1.1.1.1", "113.160.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
    def test_the_public_internet(self, address: str) -> None:
        assert may_connect(ipaddress.ip_address(address), allow_loopback=False)

    def test_loopback_when_allowed_but_no_other_private_address(self) -> None:
        assert may_connect(ipaddress.ip_address("127.0.0.1"), allow_loopback=True)
        assert not may_connect(ipaddress.ip_address("10.0.0.1"), allow_loopback=True)


class TestFetchPage:
    async def test_a_page_with_its_host_kept(self, inside: Outbound, site: str) -> None:
        page = await inside.fetch_page(f"{site.replace('127.0.0.1', 'localhost')}/trang")
        assert page.status == 200
        assert page.text.startswith("Trứng vịt biển · localhost:")

    async def test_a_missing_page_is_an_answer(self, inside: Outbound, site: str) -> None:
        assert (await inside.fetch_page(f"{site}/mat")).status == 404

    @pytest.mark.parametrize("name", ["base64", "la-lung", "idna", "punycode", "undefined"])
    async def test_a_charset_that_reads_no_page_is_taken_for_utf8(
        self, inside: Outbound, site: str, name: str
    ) -> None:
        assert (await inside.fetch_page(f"{site}/la-charset?ten={name}")).text == "trà hoa"

    async def test_another_charset(self, inside: Outbound, site: str) -> None:
        assert "Đông Rui" in (await inside.fetch_page(f"{site}/cp1258")).text

    async def test_redirects_are_followed_to_the_fifth(self, inside: Outbound, site: str) -> None:
        page = await inside.fetch_page(f"{site}/chuyen/5")
        assert page.url == f"{site}/trang"
        with pytest.raises(OutboundRefused, match="quá 5 lần"):
            await inside.fetch_page(f"{site}/chuyen/6")

    async def test_a_page_above_the_cap_is_not_read_on(self, inside: Outbound, site: str) -> None:
        with pytest.raises(OutboundFailed, match="2 MB"):
            await inside.fetch_page(f"{site}/lon")

    @pytest.mark.parametrize(
        "target",
        ["http://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/"],
    )
    async def test_a_redirect_into_a_private_network_is_refused(
        self, inside: Outbound, site: str, target: str
    ) -> None:
        with pytest.raises(OutboundRefused, match="mạng nội bộ"):
            await inside.fetch_page(f"{site}/toi?dich={target}")

    async def test_a_redirect_to_another_scheme_is_refused(self, inside: Outbound, site: str) -> None:
        with pytest.raises(OutboundRefused, match="http"):
            await inside.fetch_page(f"{site}/toi?dich=file:///etc/passwd")

    async def test_a_redirect_to_no_address_is_refused(self, inside: Outbound, site: str) -> None:
        with pytest.raises(OutboundRefused, match="chưa đúng"):
            await inside.fetch_page(f"{site}/toi?dich=http://%5Bsai")

    @pytest.mark.parametrize("status", [300, 301, 304])
    async def test_a_redirect_that_leads_nowhere_is_an_answer(
        self, inside: Outbound, site: str, status: int
    ) -> None:
        assert (await inside.fetch_page(f"{site}/khong-dich/{status}")).status == status

    async def test_nobody_listens(self, inside: Outbound) -> None:
        with pytest.raises(OutboundFailed):
            await inside.fetch_page("http://127.0.0.1:9/")


class TestRefusal:
    async def test_a_name_that_means_this_machine(self, outside: Outbound) -> None:
        with pytest.raises(OutboundRefused, match="mạng nội bộ"):
            await outside.fetch_page("http://localhost/")

    @pytest.mark.parametrize(
        "url",
        ["http://127.0.0.1/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/", "http://0/"],
    )
    async def test_every_way_to_write_this_machine(self, outside: Outbound, url: str) -> None:
        with pytest.raises((OutboundRefused, OutboundFailed)):
            await outside.fetch_page(url)

    @pytest.mark.parametrize(
        "url",
        ["", "ftp://vidu.vn/", "file:///etc/passwd", "javascript:alert(1)", "http://", "https://a:b@vidu.vn/",
         "http://vidu.vn:5432/"],
    )  # fmt: skip
    async def test_odd_addresses(self, outside: Outbound, url: str) -> None:
        with pytest.raises(OutboundRefused):
            await outside.fetch_page(url)

    async def test_a_name_that_does_not_exist(self, outside: Outbound) -> None:
        with pytest.raises(OutboundFailed):
            await outside.fetch_page("http://khong-co-ten-nay.invalid/")
