"""``ocop-hub gs1``: check GS1 codes from a file or another program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

import typer

from ocop_hub.gs1.check import check_line

_CHUNK = 1 << 16

app = typer.Typer(no_args_is_help=True, help="Kiểm tra mã GS1 (Digital Link, chuỗi dữ liệu).")


@app.callback()
def main() -> None:
    """Kiểm tra mã GS1 (Digital Link, chuỗi dữ liệu)."""


@app.command()
def check() -> None:
    """Đọc mã GS1 từ đầu vào chuẩn, mỗi dòng một mã; in ra mỗi dòng một đối tượng JSON.

    Nhận đường dẫn GS1 Digital Link và chuỗi dữ liệu dạng (01)… hoặc ^01…, lẫn lộn cũng được.
    Khóa của đối tượng: input, valid, elements, canonical, problem, code.

    Ví dụ:

        echo "https://ocop.example.vn/01/08938505970011/10/LO01" | ocop-hub gs1 check

        ocop-hub gs1 check < ma-da-quet.txt > ket-qua.jsonl
    """
    source, target = typer.get_binary_stream("stdin"), typer.get_binary_stream("stdout")
    encode = json.JSONEncoder(ensure_ascii=False).encode
    for lines in _batches(source):
        answers = [encode(check_line(line).as_dict()) for line in lines]
        target.write(("\n".join(answers) + "\n").encode())
        # One flush per batch: quick for files, and a program that sends a line and waits gets its answer.
        target.flush()


def _batches(source: BinaryIO) -> Iterator[list[str]]:
    """Whole lines as they arrive, without their ends; a last line without end counts too.

    Bytes that are no UTF-8 become U+FFFD, which no GS1 value allows.
    """
    pieces: list[bytes] = []
    read = getattr(source, "read1", source.read)
    while chunk := read(_CHUNK):
        head, newline, rest = chunk.rpartition(b"\n")
        if newline:
            yield [_text(line) for line in b"".join((*pieces, head)).split(b"\n")]
            pieces.clear()
        if rest:
            pieces.append(rest)
    if pieces:
        yield [_text(b"".join(pieces))]


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "replace")
