"""``ocop-hub audit``: the chain of seals over the record of who did what."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ocop_hub.cli.output import FormatOption, OutputFormat, print_json
from ocop_hub.errors import Conflict

if TYPE_CHECKING:
    from ocop_hub.audit.chain import Verdict

app = typer.Typer(no_args_is_help=True, help="Nhật ký thao tác: kiểm tra, niêm phong.")


class NotTheOwner(Conflict):
    code = "not-the-owner-of-the-tables"
    title = "Việc này cần tài khoản sở hữu các bảng"


@app.callback()
def main() -> None:
    """Nhật ký thao tác: kiểm tra, niêm phong."""


@app.command()
def verify(
    head: Annotated[
        str,
        typer.Option(help="Mã đã chép ra ngoài lần trước (64 chữ số thập lục phân): phải còn trong chuỗi"),
    ] = "",
    format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Tính lại chuỗi niêm phong của nhật ký thao tác; kết thúc với mã 1 khi có chỗ không khớp.

    In mã của niêm phong cuối: hãy chép mã này ra ngoài máy chủ, lần sau đưa lại bằng --head.

    Ví dụ:

        ocop-hub audit verify

        ocop-hub audit verify --head 0f3a…
    """
    import asyncio

    verdict = asyncio.run(_verify(head.strip().lower()))
    if format is OutputFormat.JSON:
        told = asdict(verdict)
        told["sealed_at"] = verdict.sealed_at and verdict.sealed_at.isoformat()
        print_json(told)
    else:
        for line in _told(verdict):
            typer.echo(line)
    if verdict.fault is not None:
        raise typer.Exit(1)


@app.command()
def seal() -> None:
    """Niêm phong ngay các dòng đã ghi; cần khi tiến trình nền không giữ tài khoản chủ của các bảng.

    Ví dụ:

        OCOP_HUB_DATABASE_OWNER_URL=postgresql://… ocop-hub audit seal
    """
    import asyncio

    typer.echo(f"Đã niêm phong thêm {asyncio.run(_seal())} dòng.")


async def _verify(head: str) -> Verdict:
    from ocop_hub.audit import chain
    from ocop_hub.cli.runtime import open_runtime

    async with open_runtime() as runtime:
        connection = await runtime.database.connect_raw()
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await chain.verify(connection, known=head)
        finally:
            await connection.close()


async def _seal() -> int:
    from ocop_hub.audit import chain
    from ocop_hub.cli.runtime import open_runtime

    async with open_runtime() as runtime:
        connection = await runtime.addresses.owner.connect()
        try:
            allowed = await chain.may_seal(connection)
        finally:
            await connection.close()
        if not allowed:
            raise NotTheOwner(
                "Tài khoản cơ sở dữ liệu này không sở hữu các bảng nên không niêm phong được. "
                "Hãy đặt OCOP_HUB_DATABASE_OWNER_URL rồi chạy lại."
            )
        return await chain.seal(runtime.addresses.owner)


def _told(verdict: Verdict) -> list[str]:
    from ocop_hub.audit.chain import Fault

    agreeing = f"{verdict.seals} niêm phong trước đó khớp ({verdict.sealed} dòng)."
    match verdict.fault:
        case Fault.ORDER:
            why = "không nối vào niêm phong trước: có niêm phong bị xóa, chèn hoặc sửa"
        case Fault.COUNT:
            why = "có dòng bị xóa hoặc chèn thêm"
        case Fault.CONTENT:
            why = "có dòng, hoặc chính niêm phong, bị sửa"
        case Fault.HEAD:
            return [
                f"Mã đã chép không có trong chuỗi: chuỗi bị cắt hoặc làm lại. Mã cuối bây giờ: {verdict.head}"
            ]
        case None if not verdict.seals:
            return [f"Chưa có niêm phong nào; {verdict.waiting} dòng đang chờ."]
        case None:
            return [
                f"{verdict.sealed} dòng trong {verdict.seals} niêm phong, tất cả khớp; {verdict.waiting} dòng đang chờ.",
                f"Mã cuối của chuỗi, hãy chép ra ngoài máy chủ: {verdict.head}",
            ]
    return [f"Niêm phong {verdict.seal_id} không khớp: {why}.", agreeing]
