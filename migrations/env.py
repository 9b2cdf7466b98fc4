"""Alembic's entry: imports every room's tables and runs on the connection it is given."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import create_engine

import ocop_hub.accounts.models
import ocop_hub.audit
import ocop_hub.catalogue.models
import ocop_hub.certificates.models
import ocop_hub.idempotency
import ocop_hub.intake.models
import ocop_hub.places.models
import ocop_hub.producers.models
import ocop_hub.publishing.handover.models
import ocop_hub.publishing.hooks.models
import ocop_hub.publishing.live_sessions
import ocop_hub.publishing.models
import ocop_hub.publishing.models_beside
import ocop_hub.publishing.models_office
import ocop_hub.reporting.models
import ocop_hub.traceability.labels.models
import ocop_hub.traceability.models  # noqa: F401
from ocop_hub.db import Base


def is_ours(name: str | None, kind: str, *_: Any) -> bool:
    """Leave out what autogenerate cannot know: the queue's tables, and the partitions of scans."""
    return not (kind == "table" and name is not None and (name.startswith(("pgqueuer", "scans_"))))


def include_object(item: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    """As :func:`is_ours`, for objects that were already reflected."""
    return is_ours(name, kind)


connection = context.config.attributes.get("connection")
if connection is None:
    url = context.get_x_argument(as_dictionary=True)["url"]
    connection = create_engine(url).connect()

context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_name=lambda name, kind, parents: is_ours(name, kind),
    include_object=include_object,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
