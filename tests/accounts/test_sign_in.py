"""Signing in, out, and what guards it."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import PASSPHRASE, Cast, make_user, sign_in

from ocop_hub.accounts import guessing, service
from ocop_hub.accounts.errors import BadLogin, LoginTaken, TooManyAttempts, WeakPassphrase, WrongLogin
from ocop_hub.accounts.logins import normal_login, normal_phone
from ocop_hub.accounts.models import SignInAttempt, User, UserSession
from ocop_hub.accounts.schemas import UserOut
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock


class TestLogins:
    @pytest.mark.parametrize("text", ["0912345678", "0912 345 678", "+84 912 345 678", "84912345678"])
    def test_one_phone_has_one_form(self, text: str) -> None:
        assert normal_phone(text) == "+84912345678"

    def test_email_is_lower_case(self) -> None:
        assert normal_login(" Thu@ViDu.vn ") == "thu@vidu.vn"

    @pytest.mark.parametrize("text", ["", "12", "hoa@", "@vidu.vn", "không phải số"])
    def test_nonsense_is_refused_with_an_example(self, text: str) -> None:
        with pytest.raises(BadLogin, match="ví dụ"):
            normal_login(text)


async def register(session: AsyncSession, *, phone: str, passphrase: str = PASSPHRASE) -> User:
    """As a person does it, checks and all."""
    return await service.register_user(
        session, display_name="Nguyễn Thị Hòa", phone=phone, passphrase=passphrase
    )


class TestRegisterUser:
    async def test_keeps_a_hash_only(self, session: AsyncSession) -> None:
        user = await register(session, phone="0912999001")
        assert user.passphrase_hash.startswith("$argon2id$")
        assert user.phone == "+84912999001"

    async def test_a_login_belongs_to_one_user(self, session: AsyncSession) -> None:
        await register(session, phone="0912999002")
        with pytest.raises(LoginTaken):
            await register(session, phone="+84 912 999 002")

    @pytest.mark.parametrize("passphrase", ["ngắn", "aaaaaaaaaaaaaaa", "x" * 201])
    async def test_weak_passphrases_are_refused(self, session: AsyncSession, passphrase: str) -> None:
        with pytest.raises(WeakPassphrase):
            await register(session, phone="0912999003", passphrase=passphrase)


class TestService:
    async def test_other_keyboards_compose_letters_differently(self, session: AsyncSession) -> None:
        user = await make_user(session, phone="0912999004")
        answer = await service.sign_in(
            session, login=user.phone or "", passphrase=unicodedata.normalize("NFD", PASSPHRASE), hours=1
        )
        assert isinstance(answer, service.NewSession)

    async def test_unknown_and_wrong_say_the_same(self, session: AsyncSession) -> None:
        user = await make_user(session, phone="0912999005")
        wrong = await service.sign_in(session, login=user.phone or "", passphrase="sai rồi nhé", hours=1)
        unknown = await service.sign_in(session, login="0912999006", passphrase="sai rồi nhé", hours=1)
        assert isinstance(wrong, WrongLogin)
        assert isinstance(unknown, WrongLogin)
        assert wrong.problem() == unknown.problem()

    async def test_a_disabled_user_stays_out(self, session: AsyncSession) -> None:
        user = await make_user(session, phone="0912999007")
        user.disabled_at = clock.now()
        answer = await service.sign_in(session, login="0912999007", passphrase=PASSPHRASE, hours=1)
        assert isinstance(answer, WrongLogin)

    async def test_guessing_slows_down_and_forgets_after_the_wait(self, session: AsyncSession) -> None:
        user = await make_user(session, phone="0912999008")
        for _ in range(service.FREE_FAILURES):
            await service.sign_in(session, login="0912999008", passphrase="sai rồi nhé", hours=1)
        blocked = await service.sign_in(session, login="0912999008", passphrase=PASSPHRASE, hours=1)
        assert isinstance(blocked, TooManyAttempts)
        assert "1 phút" in blocked.detail

        await session.execute(update(SignInAttempt).values(blocked_until=clock.now() - timedelta(seconds=1)))
        opened = await service.sign_in(session, login="0912999008", passphrase=PASSPHRASE, hours=1)
        assert isinstance(opened, service.NewSession)
        assert opened.user.id == user.id

    async def test_an_old_hash_is_renewed(self, session: AsyncSession) -> None:
        user = await make_user(session, phone="0912999009")
        user.passphrase_hash = old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(
            PASSPHRASE
        )
        await service.sign_in(session, login="0912999009", passphrase=PASSPHRASE, hours=1)
        assert user.passphrase_hash != old


class TestSources:
    def test_a_network_of_ipv6_is_one_source(self) -> None:
        sources = guessing.Sources()
        for n in range(guessing.FREE):
            assert sources.wait("2001:db8::1") == 0
            sources.failed(f"2001:db8::{n:x}")
        assert 0 < sources.wait("2001:db8::ffff") <= guessing.FREE_AGAIN.total_seconds()
        assert sources.wait("2001:db8:0:1::1") == 0


class TestSession:
    async def test_sign_in_then_me(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        me = (await client.get("/api/v1/me")).json()
        assert me["role"] == "producer"
        assert me["producers"] == [str(cast.hers.id)]

    async def test_the_cookie_is_http_only_and_not_secure_on_plain_http(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        answer = await client.post(
            "/api/v1/session", json={"login": cast.hoa.phone, "passphrase": PASSPHRASE}
        )
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("ocop_session=")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie

    async def test_over_https_the_cookie_is_bound_to_the_host(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        answer = await client.post(
            "https://ocop.vidu.vn/api/v1/session", json={"login": cast.hoa.phone, "passphrase": PASSPHRASE}
        )
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-ocop_session=")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert "strict-transport-security" in answer.headers

    async def test_a_plain_cookie_is_not_read_over_https(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        token = client.cookies["ocop_session"]
        answer = await client.get(
            "https://127.0.0.1:8000/api/v1/me", headers={"cookie": f"ocop_session={token}"}
        )
        assert answer.status_code == 401

    async def test_signing_in_again_ends_the_session_before(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.hoa)
        before = client.cookies["ocop_session"]
        await sign_in(client, cast.hoa)
        assert client.cookies["ocop_session"] != before
        client.cookies.set("ocop_session", before, domain="127.0.0.1")
        assert (
            await client.get("/api/v1/me", headers={"cookie": f"ocop_session={before}"})
        ).status_code == 401

    async def test_sign_out(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        token = client.cookies["ocop_session"]
        assert (await client.delete("/api/v1/session")).status_code == 204
        assert (
            await client.get("/api/v1/me", headers={"cookie": f"ocop_session={token}"})
        ).status_code == 401

    async def test_a_session_lapses_without_use_and_is_prolonged_by_use(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        await sign_in(client, cast.hoa)
        past = clock.now() - timedelta(hours=1)
        async with database.session(SYSTEM) as session:
            await session.execute(update(UserSession).values(last_seen_at=past))
        assert (await client.get("/api/v1/me")).status_code == 200
        async with database.session(SYSTEM) as session:
            row = (await session.execute(select(UserSession))).scalar_one()
            assert row.last_seen_at > past
            assert row.expires_at > clock.now() + timedelta(hours=11)
            row.expires_at = past
        assert (await client.get("/api/v1/me")).status_code == 401

    async def test_no_session_lives_for_ever(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        await sign_in(client, cast.hoa)
        async with database.session(SYSTEM) as session:
            await session.execute(update(UserSession).values(created_at=clock.now() - timedelta(days=31)))
        assert (await client.get("/api/v1/me")).status_code == 401

    async def test_only_hashes_are_kept(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        await sign_in(client, cast.hoa)
        async with database.session(SYSTEM) as session:
            row = (await session.execute(select(UserSession))).scalar_one()
        assert row.token_hash == service.token_hash(client.cookies["ocop_session"])

    async def test_failures_are_counted_although_refused(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        for _ in range(service.FREE_FAILURES):
            answer = await client.post(
                "/api/v1/session", json={"login": cast.hoa.phone, "passphrase": "sai rồi nhé"}
            )
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
        answer = await client.post(
            "/api/v1/session", json={"login": cast.hoa.phone, "passphrase": PASSPHRASE}
        )
        assert answer.status_code == 429
        assert "phút" in answer.json()["detail"]

    async def test_one_source_cannot_try_many_logins(
        self, app: FastAPI, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        async def wrong(n: int) -> int:
            given = {"login": f"0913{n:06}", "passphrase": "sai rồi nhé"}
            return (await client.post("/api/v1/session", json=given)).status_code

        assert {await wrong(n) for n in range(guessing.FREE)} == {401}
        assert await wrong(guessing.FREE) == 429
        right = {"login": cast.hoa.phone, "passphrase": PASSPHRASE}
        refused = await client.post("/api/v1/session", json=right)
        assert (refused.status_code, "Từ mạng này" in refused.json()["detail"]) == (429, True)
        assert (await client.post("/dang-nhap", data=right)).status_code == 429
        elsewhere = httpx.ASGITransport(app=app, client=("198.51.100.7", 1))
        async with httpx.AsyncClient(transport=elsewhere, base_url="http://127.0.0.1:8000") as other:
            await sign_in(other, cast.hoa)

    async def test_who_signed_in_here_before_is_not_kept_out_by_strangers(
        self, app: FastAPI, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.hoa)
        await client.delete("/api/v1/session")
        stranger = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8000")
        async with stranger:
            for n in range(guessing.FREE):
                login = cast.hoa.phone if n < service.FREE_FAILURES else f"0913{n:06}"
                await stranger.post("/api/v1/session", json={"login": login, "passphrase": "sai rồi nhé"})
            right = {"login": cast.hoa.phone, "passphrase": PASSPHRASE}
            assert (await stranger.post("/api/v1/session", json=right)).status_code == 429
            # Her mark is hers alone: it opens no other login.
            stranger.cookies.set("ocop_device", client.cookies["ocop_device"])
            other = {"login": cast.binh.phone, "passphrase": PASSPHRASE}
            assert (await stranger.post("/api/v1/session", json=other)).status_code == 429
        assert (await client.post("/api/v1/session", json=right)).status_code == 201

    async def test_a_device_that_guesses_is_slowed_down_too(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.hoa)
        await client.delete("/api/v1/session")
        for _ in range(service.FREE_FAILURES):
            await client.post("/api/v1/session", json={"login": cast.hoa.phone, "passphrase": "sai rồi nhé"})
        right = {"login": cast.hoa.phone, "passphrase": PASSPHRASE}
        assert (await client.post("/api/v1/session", json=right)).status_code == 429

    async def test_forget_lapsed(self, session: AsyncSession) -> None:
        user = await make_user(session, phone="0912999010")
        made = await service.sign_in(session, login="0912999010", passphrase=PASSPHRASE, hours=1)
        assert isinstance(made, service.NewSession)
        await service.forget_lapsed(session, now=clock.now() + timedelta(hours=2))
        left = await session.execute(select(UserSession).where(UserSession.user_id == user.id))
        assert left.scalars().all() == []


class TestCsrf:
    async def test_an_unsafe_request_by_cookie_needs_the_token(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.hoa)
        del client.headers["X-CSRF-Token"]
        answer = await client.post("/api/v1/tokens", json={"name": "máy tính"})
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:ocop-hub:error:csrf-token"

    async def test_a_token_of_another_session_does_not_open(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        other = await sign_in(client, cast.binh)
        client.cookies.clear()
        await sign_in(client, cast.hoa)
        answer = await client.post(
            "/api/v1/tokens", json={"name": "máy tính"}, headers={"X-CSRF-Token": other}
        )
        assert answer.status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://xau.vidu.vn"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ],
    )
    async def test_another_site_is_refused_even_with_the_token(
        self, client: httpx.AsyncClient, cast: Cast, headers: dict[str, str]
    ) -> None:
        await sign_in(client, cast.hoa)
        answer = await client.post("/api/v1/tokens", json={"name": "máy tính"}, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:ocop-hub:error:cross-site"

    async def test_own_origin_passes(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        answer = await client.post(
            "/api/v1/tokens", json={"name": "máy tính"}, headers={"Origin": "http://127.0.0.1:8000"}
        )
        assert answer.status_code == 201

    async def test_nobody_is_signed_in_from_another_site(self, client: httpx.AsyncClient, cast: Cast) -> None:
        answer = await client.post(
            "/api/v1/session",
            json={"login": cast.hoa.phone, "passphrase": PASSPHRASE},
            headers={"Origin": "https://xau.vidu.vn"},
        )
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


class TestApiTokens:
    async def test_a_token_acts_as_its_user_and_needs_no_form_token(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.hoa)
        made = (await client.post("/api/v1/tokens", json={"name": "Phần mềm kho"})).json()
        client.cookies.clear()
        del client.headers["X-CSRF-Token"]
        bearer = {"Authorization": f"Bearer {made['token']}"}
        assert (await client.get("/api/v1/me", headers=bearer)).json()["id"] == str(cast.hoa.id)
        second = await client.post("/api/v1/tokens", json={"name": "Máy in tem"}, headers=bearer)
        assert second.status_code == 201
        shown = (await client.get("/api/v1/tokens", headers=bearer)).json()["items"]
        assert [each["name"] for each in shown] == ["Máy in tem", "Phần mềm kho"]
        assert all("token" not in each for each in shown)

    async def test_a_revoked_token_is_refused_and_not_taken_for_a_stranger(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.hoa)
        made = (await client.post("/api/v1/tokens", json={"name": "Phần mềm kho"})).json()
        assert (await client.delete(f"/api/v1/tokens/{made['id']}")).status_code == 204
        assert (await client.delete(f"/api/v1/tokens/{made['id']}")).status_code == 404
        client.cookies.clear()
        answer = await client.get("/api/v1/producers", headers={"Authorization": f"Bearer {made['token']}"})
        assert answer.status_code == 401

    async def test_nobody_revokes_anothers(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        made = (await client.post("/api/v1/tokens", json={"name": "Phần mềm kho"})).json()
        client.cookies.clear()
        await sign_in(client, cast.binh)
        assert (await client.delete(f"/api/v1/tokens/{made['id']}")).status_code == 404

    async def test_only_the_hash_is_kept(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        await sign_in(client, cast.hoa)
        made = await client.post(
            "/api/v1/tokens", json={"name": "Phần mềm kho"}, headers={"Idempotency-Key": "mot-lan"}
        )
        secret = made.json()["token"]
        async with database.session(SYSTEM) as session:
            for table in ("api_tokens", "idempotency_keys", "audit_entries"):
                rows = (await session.execute(text(f"SELECT {table}::text FROM {table}"))).scalars().all()
                assert rows
                assert all(secret not in row for row in rows)
        again = await client.post(
            "/api/v1/tokens", json={"name": "Phần mềm kho"}, headers={"Idempotency-Key": "mot-lan"}
        )
        assert again.status_code == 409
        assert again.json()["type"] == "urn:ocop-hub:error:shown-once"


class TestRoles:
    async def test_the_highest_office_counts(self, client: httpx.AsyncClient, cast: Cast) -> None:
        expected = {
            cast.hoa: "producer",
            cast.lan: "helper",
            cast.minh: "officer_commune",
            cast.thu: "officer_province",
            cast.quan: "operator",
        }
        for user, role in expected.items():
            client.cookies.clear()
            await sign_in(client, user)
            assert (await client.get("/api/v1/me")).json()["role"] == role

    async def test_a_helper_acts_only_while_the_mandate_holds(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        await sign_in(client, cast.lan)
        assert (await client.get("/api/v1/me")).json()["producers"] == [str(cast.hers.id)]
        async with database.session(SYSTEM) as session:
            await session.execute(
                text("UPDATE mandates SET valid = tstzrange(now() - interval '2 h', now() - interval '1 h')")
            )
        assert (await client.get("/api/v1/me")).json()["producers"] == []


async def test_the_user_has_no_public_shape_with_the_hash(session: AsyncSession) -> None:
    user: User = await make_user(session, phone="0912999011")
    assert "passphrase" not in UserOut.model_validate(user).model_dump_json()
