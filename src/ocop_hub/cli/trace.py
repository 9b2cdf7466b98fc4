"""``ocop-hub trace``: prove an EPCIS document against the hashes it carries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Kiểm tra tài liệu truy xuất (EPCIS).")


@app.callback()
def main() -> None:
    """Kiểm tra tài liệu truy xuất (EPCIS)."""


@app.command()
def verify(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Tài liệu EPCIS 2.0 (JSON hoặc JSON-LD)")
    ],
    chain: Annotated[
        str, typer.Option(help="Mã băm cuối của chuỗi, lấy từ nơi khác (64 chữ số thập lục phân)")
    ] = "",
) -> None:
    """Tính lại mã băm của từng sự kiện và của cả chuỗi; kết thúc với mã 1 khi có chỗ bị sửa.

    Ví dụ:

        ocop-hub trace verify lo-LO-2026-09.jsonld

        ocop-hub trace verify lo.jsonld --chain 0f3a…
    """
    from ocop_hub.gs1 import epcis_schema
    from ocop_hub.traceability.epcis.document import verify as prove

    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        typer.echo(f"{file} không phải tệp JSON: {error}", err=True)
        raise typer.Exit(2) from None
    if not isinstance(told, dict) or not epcis_schema.valid_against_schema(told):
        typer.echo(f"{file} không phải tài liệu EPCIS 2.0 hợp lệ.", err=True)
        raise typer.Exit(2)
    verdict = prove(told, chain=chain.strip().lower())
    for index, identity, digest in verdict.changed:
        typer.echo(f"Sự kiện thứ {index + 1} đã bị sửa: mang mã {identity}, tính lại được {digest}.")
    if verdict.chain_holds is False:
        typer.echo(f"Chuỗi không khớp: tính lại được {verdict.chain}. Có sự kiện bị thêm, bớt hoặc đổi chỗ.")
    if verdict.hashed == 0:
        typer.echo("Không sự kiện nào mang mã băm nên không chứng minh được gì.")
    if not verdict.holds:
        raise typer.Exit(1)
    chained = "chuỗi khớp" if verdict.chain_holds else "tài liệu không ghi mã của chuỗi"
    typer.echo(f"{verdict.hashed}/{verdict.events} sự kiện đúng với mã băm của mình; {chained}.")
    typer.echo(f"Mã cuối của chuỗi: {verdict.chain}")
