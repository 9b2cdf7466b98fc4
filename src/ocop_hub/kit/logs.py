"""Logs: one line per happening, for people on a terminal and as JSON elsewhere; secrets are cut out by name."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

#: A key that holds one of these words never reaches the log with its value.
SECRET_WORDS = ("passphrase", "password", "secret", "token", "cookie", "authorization", "credential", "_key")
HIDDEN = "***"


def hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: values under keys that name a secret are replaced."""
    for key, value in event.items():
        if any(word in key.lower() for word in SECRET_WORDS):
            event[key] = HIDDEN
        elif isinstance(value, dict):
            event[key] = dict(hide_secrets(_logger, _method, dict(value)))
    return event


def configure_logs(log_format: str = "auto", *, level: int = logging.INFO) -> None:
    """Set up structlog and the standard library's logging once per process; ``log_format``: auto, console, json."""
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    if as_json:
        # Frames' local variables are left out: they hold what people typed.
        shared.append(
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            )
        )
        renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # httpx writes every address it calls, with the signature in its query; the others tell of every start.
    for name in ("httpx", "alembic", "uvicorn.error", "pgqueuer"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
