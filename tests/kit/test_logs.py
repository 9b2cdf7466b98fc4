"""No secret reaches a log line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from ocop_hub.kit.logs import HIDDEN, configure_logs, hide_secrets


@pytest.fixture
def own_logs() -> Iterator[None]:
    """Gives logging back as it was."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_values_under_secret_names_are_cut_out() -> None:
    event = {
        "event": "signed in",
        "passphrase": "a",
        "Authorization": "b",
        "nested": {"access_token": "c", "name": "d"},
    }
    assert hide_secrets(None, "info", event) == {
        "event": "signed in",
        "passphrase": HIDDEN,
        "Authorization": HIDDEN,
        "nested": {"access_token": HIDDEN, "name": "d"},
    }


@pytest.mark.usefixtures("own_logs")
def test_a_line_is_one_json_object_without_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json")  # here, because the stream of the test's own phase is captured

    def breaks() -> None:
        passphrase = "mat-khau-that"
        raise RuntimeError(f"{len(passphrase)}")

    try:
        breaks()
    except RuntimeError as error:
        structlog.get_logger("hub").error("hỏng", request_id="1", api_token="bi-mat", exc_info=error)
    logging.getLogger("other").warning("từ thư viện khác")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    first, second = map(json.loads, lines)
    assert (first["event"], first["request_id"], first["api_token"]) == ("hỏng", "1", HIDDEN)
    assert "mat-khau-that" not in json.dumps(first)
    assert second["event"] == "từ thư viện khác"
