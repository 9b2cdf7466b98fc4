"""The keys of a lot's serials: made with its first serial run, sealed at rest, never replaced.

They stand in the database and so in every backup; what opens them is the installation's secret, which a backup
has to hold as well: without both, serials that are printed can no longer be told from made-up ones.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.kit.sealing import CannotOpen, Sealer, derive_key, installation_secret
from ocop_hub.settings import Settings
from ocop_hub.traceability.errors import LabelsElsewhere
from ocop_hub.traceability.labels.serials import SerialKeys
from ocop_hub.traceability.models import Lot, LotKey


def sealer_of(settings: Settings) -> Sealer:
    """What seals the keys of this installation's lots. Raises ValueError for a short secret."""
    return _sealer(settings.secret_key.get_secret_value(), settings.data_dir)


@lru_cache(maxsize=8)
def _sealer(configured: str, data_dir: Path) -> Sealer:
    return Sealer(derive_key(installation_secret(configured, data_dir), "lot-serials"))


async def ensure_keys(session: AsyncSession, lot: Lot, sealer: Sealer) -> SerialKeys:
    """The keys of a lot, made when first asked for. Raises LabelsElsewhere as :func:`open_keys`."""
    keys = SerialKeys.new()
    # Of two first runs at once one makes the keys; both then read what stands.
    await session.execute(
        insert(LotKey)
        .values(
            lot_id=lot.id,
            producer_id=lot.producer_id,
            # Tells keys apart in a backup without opening them; the prefix keeps it from being a hash used
            # elsewhere.
            key_id=hashlib.sha256(b"lot-key" + keys.packed()).hexdigest()[:12],
            sealed=sealer.seal(keys.packed(), belongs_to=_place(lot.id)),
        )
        .on_conflict_do_nothing()
    )
    row = await session.get_one(LotKey, lot.id)
    return unseal(row.sealed, lot.id, sealer)


async def find_keys(session: AsyncSession, lot_id: UUID, sealer: Sealer) -> SerialKeys | None:
    """The keys of a lot; None when it never had a serial run. Raises as :func:`unseal`."""
    sealed = await session.scalar(select(LotKey.sealed).where(LotKey.lot_id == lot_id))
    return None if sealed is None else unseal(sealed, lot_id, sealer)


def unseal(sealed: bytes, lot_id: UUID, sealer: Sealer) -> SerialKeys:
    """Raises LabelsElsewhere when this installation's secret is not the one the keys were sealed under."""
    try:
        return SerialKeys.unpack(sealer.open(sealed, belongs_to=_place(lot_id)))
    except CannotOpen as error:
        raise LabelsElsewhere(
            "Khóa của tem thuộc lô này được tạo với bí mật khác của hệ thống (OCOP_HUB_SECRET_KEY hoặc tệp "
            "secret.key). Bộ phận vận hành cần đưa lại bí mật cũ."
        ) from error


def _place(lot_id: UUID) -> str:
    return f"lot:{lot_id}"
