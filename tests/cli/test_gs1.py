from __future__ import annotations

import json
import subprocess
import sys

from typer.testing import CliRunner

from ocop_hub.cli.gs1 import app

COMMAND = [sys.executable, "-c", "from ocop_hub.cli.gs1 import app; app()", "check"]


def run(text: bytes) -> list[dict[str, object]]:
    result = CliRunner().invoke(app, ["check"], input=text)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_object_a_line_in_order() -> None:
    answers = run("https://a.vn/01/09520123456788\r\n(10)A\n\nLÔ\n^10B".encode())
    assert [a["input"] for a in answers] == ["https://a.vn/01/09520123456788", "(10)A", "", "LÔ", "^10B"]
    assert [a["valid"] for a in answers] == [True, True, False, False, True]
    assert list(answers[0]) == ["input", "valid", "elements", "canonical", "problem", "code"]
    assert answers[0]["elements"] == [["01", "09520123456788"]]


def test_nothing_in_nothing_out() -> None:
    assert run(b"") == []


def test_bytes_that_are_no_utf8() -> None:
    assert run(b"(10)\xff\n")[0]["code"] == "invalid-cset82-character"


def test_lines_across_many_chunks() -> None:
    lines = [f"(10)LO{n}" for n in range(20_000)]
    assert [a["input"] for a in run("\n".join(lines).encode())] == lines


def test_answers_before_the_input_ends() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"(10)A\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["valid"] is True
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_help_has_an_example() -> None:
    assert "ocop-hub gs1 check" in CliRunner().invoke(app, ["check", "--help"]).stdout
