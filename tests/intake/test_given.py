"""What a person says beside a file: columns, remembered for the sender, and the decision of an appendix."""

from __future__ import annotations

import json
from datetime import date

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import Cast, sign_in
from tests.cast import OFFICER

from ocop_hub.catalogue.models import Product
from ocop_hub.certificates.models import Certificate, IssuerLevel, RecognitionDecision
from ocop_hub.intake.given import GivenDecision
from ocop_hub.intake.runs import Policy, Said, SentFile, decide, take
from ocop_hub.kit.clock import business_day
from ocop_hub.media import Media

ODD = "Hàng;Ai làm;Nhóm;Sao;Ghi chú;Mô tả\nMiến dong;HTX Húc Động;Thực phẩm;4;x;Ngon\n".encode()
MEANT = {"Hàng": "name", "Ai làm": "producer", "Mô tả": ""}
APPENDIX = (
    "Tên sản phẩm;Chủ thể;Nhóm;Hạng sao;Số quyết định;Ngày cấp\n"
    "Miến dong;HTX Húc Động;Thực phẩm;4;;\n"
    "Trà hoa vàng;HTX Ba Chẽ;Đồ uống;3;;\n"
    "Mật ong;HTX Ba Chẽ;Thực phẩm;3;12/QĐ-UBND;05/01/2024\n"
).encode()


class TestColumns:
    async def test_said_once_and_remembered(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        file = {"file": ("la.csv", ODD)}
        refused = await client.post("/api/v1/imports", files=file, data={"dry_run": "true"})
        assert refused.json()["type"] == "urn:ocop-hub:error:header-not-found"
        told = await client.post(
            "/api/v1/imports", files=file, data={"dry_run": "true", "columns": json.dumps(MEANT)}
        )
        assert told.json()["counts"]["created"] == 1, told.text
        again = await client.post("/api/v1/imports", files=file, data={"dry_run": "true"})
        fields = {each["header"]: each["field"] for each in again.json()["report"]["columns"]}
        assert fields == {
            "Hàng": "name", "Ai làm": "producer", "Nhóm": "group", "Sao": "stars", "Ghi chú": "", "Mô tả": "",
        }  # fmt: skip

    async def test_said_of_a_checked_file(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        data = {"dry_run": "true", "columns": json.dumps(MEANT)}
        run = (await client.post("/api/v1/imports", files={"file": ("la.csv", ODD)}, data=data)).json()
        path = f"/api/v1/imports/{run['id']}"
        more = await client.post(f"{path}/columns", json={"columns": {"Ghi chú": "description"}})
        assert {"header": "Ghi chú", "field": "description", "column": "E"} in more.json()["report"][
            "columns"
        ]
        wrong = await client.post(f"{path}/columns", json={"columns": {"Ghi chú": "màu"}})
        assert wrong.json()["type"] == "urn:ocop-hub:error:import-field-unknown"
        stored = await client.post(f"{path}/store")
        assert stored.json()["counts"]["created"] == 1, stored.text

    async def test_another_sender_is_not_told(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        data = {"dry_run": "true", "columns": json.dumps(MEANT)}
        await client.post("/api/v1/imports", files={"file": ("la.csv", ODD)}, data=data)
        client.cookies.clear()
        await sign_in(client, cast.quan)
        again = await client.post(
            "/api/v1/imports", files={"file": ("la.csv", ODD)}, data={"dry_run": "true"}
        )
        assert again.status_code == 422


class TestDecision:
    GIVEN = GivenDecision(
        "4261/QĐ-UBND", date(2025, 12, 1), IssuerLevel.PROVINCE, "UBND thành phố Quảng Ninh"
    )

    async def certificates(self, session: AsyncSession) -> list[tuple[str, str, date]]:
        found = await session.execute(
            select(Product.name, RecognitionDecision.number, Certificate.valid)
            .join(Certificate, Certificate.product_id == Product.id)
            .join(RecognitionDecision, RecognitionDecision.id == Certificate.decision_id)
            .order_by(Product.name)
        )
        return [(name, number, business_day(valid.lower)) for name, number, valid in found if valid.lower]

    async def test_rows_without_a_number_take_it(self, session: AsyncSession) -> None:
        await take(
            session,
            OFFICER,
            Media.in_memory(),
            SentFile("phu-luc.csv", APPENDIX),
            home_province="22",
            policy=Policy.GOOD_ROWS,
            said=Said(decision=self.GIVEN),
        )
        assert await self.certificates(session) == [
            ("Miến dong", "4261/QĐ-UBND", date(2025, 12, 1)),
            ("Mật ong", "12/QĐ-UBND", date(2024, 1, 5)),
            ("Trà hoa vàng", "4261/QĐ-UBND", date(2025, 12, 1)),
        ]
        decision = await session.scalar(
            select(RecognitionDecision).where(RecognitionDecision.number == "4261/QĐ-UBND")
        )
        assert decision is not None
        assert (decision.issuer_name, decision.issued_on) == ("UBND thành phố Quảng Ninh", date(2025, 12, 1))

    async def test_looked_at_first(self, session: AsyncSession) -> None:
        media = Media.in_memory()
        run = await take(
            session,
            OFFICER,
            media,
            SentFile("phu-luc.csv", APPENDIX),
            home_province="22",
            said=Said(decision=self.GIVEN),
        )
        assert (run.counts["certificates"], await self.certificates(session)) == (3, [])
        await decide(session, OFFICER, media, run.id, Policy.GOOD_ROWS)
        assert len(await self.certificates(session)) == 3

    async def test_over_the_api(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        file = {"file": ("phu-luc.csv", APPENDIX)}
        number = {"decision_number": "4261/QĐ-UBND"}
        undated = await client.post("/api/v1/imports", files=file, data=number)
        assert undated.json()["errors"][0]["field"] == "decision_issued_on"
        stored = await client.post(
            "/api/v1/imports", files=file, data={**number, "decision_issued_on": "2025-12-01"}
        )
        assert stored.json()["counts"]["certificates"] == 3, stored.text
        client.cookies.clear()
        await sign_in(client, cast.hoa)
        data = {**number, "decision_issued_on": "2025-12-01"}
        refused = await client.post("/api/v1/imports", files=file, data=data)
        assert refused.status_code == 403
