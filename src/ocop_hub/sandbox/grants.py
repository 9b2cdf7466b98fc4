"""Consents, codes and tokens of the simulated marketplaces: codes work once, refresh tokens work once.

A stall that was never connected here is opened by the fixed tokens of ``credentials``; they never lapse, but a
consent that is withdrawn ends them too.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from ocop_hub.sandbox.credentials import access_token_for, refresh_token_for
from ocop_hub.sandbox.store import Store

#: Seconds a code may be used.
CODE_LIFE = 600.0
REFRESH_LIFE = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """One answer to a token call; ``life`` in whole seconds."""

    shop_id: str
    access: str
    refresh: str
    life: int


class Grants:
    """What owners allowed, by marketplace; ``life`` is how many seconds an access token holds."""

    def __init__(self, store: Store, *, life: float = 14_400.0) -> None:
        self._store = store
        self._life = life
        #: Where a consent leads back to, by marketplace, where that is declared beforehand and not asked for.
        self.redirects: dict[str, str] = {}

    def code(self, market: str, shop_id: str, redirect_uri: str) -> str:
        """A code for one use, for this address."""
        code = secrets.token_hex(16)
        self._store.add_secret(market, "code", code, shop_id, time.time() + CODE_LIFE, redirect_uri)
        return code

    def exchange(self, market: str, code: str, redirect_uri: str | None = None) -> Tokens | None:
        """Tokens for a code; None when it is used, old, or was given for another address."""
        kept = self._store.use_secret(market, "code", code)
        if kept is None or kept.until <= time.time() or redirect_uri not in (None, kept.note):
            return None
        return self._new(market, kept.shop_id)

    def refresh(self, market: str, refresh_token: str) -> Tokens | None:
        """New tokens; the old ones end. None when the token is used, old or unknown."""
        first = self._store.shop_of_first(market, refresh_token, refresh_token_for)
        if first:
            self._store.add_secret(market, "refresh", refresh_token, first, time.time() + REFRESH_LIFE)
        kept = self._store.use_secret(market, "refresh", refresh_token)
        if kept is None or kept.until <= time.time():
            return None
        return self._new(market, kept.shop_id)

    def renew(self, market: str, refresh_token: str) -> Tokens | None:
        """As :meth:`refresh` where refresh tokens stay: a new access token alone (``refresh`` is empty)."""
        kept = self._store.secret(market, "refresh", refresh_token)
        if kept is None or kept.until <= time.time():
            return None
        access, life = secrets.token_hex(20), max(1, int(self._life))
        with self._store.transaction():
            self._store.end_secrets(market, kept.shop_id, "access")
            self._store.add_secret(market, "access", access, kept.shop_id, time.time() + self._life)
            self._store.record(market, kept.shop_id, "token", item_id=None, sku="", detail={})
        return Tokens(kept.shop_id, access, "", life)

    def _new(self, market: str, shop_id: str) -> Tokens:
        tokens = Tokens(shop_id, secrets.token_hex(20), secrets.token_hex(20), max(1, int(self._life)))
        with self._store.transaction():
            self._store.end_secrets(market, shop_id, "access")
            self._store.add_secret(market, "access", tokens.access, shop_id, time.time() + self._life)
            self._store.add_secret(market, "refresh", tokens.refresh, shop_id, time.time() + REFRESH_LIFE)
            self._store.record(market, shop_id, "token", item_id=None, sku="", detail={})
        return tokens

    def shop_of(self, market: str, access_token: str) -> str:
        """The stall an access token opens now; empty when none."""
        fixed = access_token.removeprefix(access_token_for(""))
        if fixed and access_token == access_token_for(fixed):
            return "" if self._store.is_withdrawn(market, fixed) else fixed
        kept = self._store.secret(market, "access", access_token)
        return kept.shop_id if kept is not None and kept.until > time.time() else ""

    def lapse(self, market: str, shop_id: str) -> None:
        """The access token ends early, as marketplaces do it now and then; the refresh token holds."""
        self._store.end_secrets(market, shop_id, "access")

    def withdraw(self, market: str, shop_id: str) -> None:
        """The owner takes the consent back: every token ends."""
        for kind in ("access", "refresh"):
            self._store.end_secrets(market, shop_id, kind)
        self._store.add_secret(market, "withdrawn", shop_id, shop_id, time.time())
