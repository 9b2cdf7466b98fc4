"""What opens a stall, sealed onto its row and opened again; it opens for that account only."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ocop_hub.kit.sealing import Sealer
from ocop_hub.marketplaces.contract import Shop
from ocop_hub.publishing.models import MarketplaceAccount


def seal(account: MarketplaceAccount, credentials: Mapping[str, str], sealing_key: bytes) -> None:
    """Keep ``credentials`` on the row."""
    account.credentials_sealed = Sealer(sealing_key).seal(
        json.dumps(dict(credentials)).encode(), belongs_to=f"account:{account.id}"
    )


def open_shop(account: MarketplaceAccount, sealing_key: bytes) -> Shop:
    """The stall as the contract wants it, credentials opened. Raises :class:`CannotOpen`."""
    credentials: dict[str, str] = {}
    if account.credentials_sealed:
        plain = Sealer(sealing_key).open(account.credentials_sealed, belongs_to=f"account:{account.id}")
        credentials = json.loads(plain)
    return Shop(
        shop_id=account.shop_id,
        credentials=credentials,
        public_url=account.public_url,
        seller_name=account.name,
    )
