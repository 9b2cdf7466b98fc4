"""The fixed, made-up credentials of the sandbox."""

PARTNER_ID = "2001887"
PARTNER_KEY = "ocop-hub-sandbox-partner-key-opens-nothing-else"
#: The name of the application on the consent page of the TikTok-Shop-like marketplace.
SERVICE_ID = "7300000000000000001"


def access_token_for(shop_id: str) -> str:
    """The token that opens a shop here; it never lapses."""
    return f"sandbox-token-{shop_id}"


def refresh_token_for(shop_id: str) -> str:
    """The refresh token a shop starts with; it works once."""
    return f"sandbox-refresh-{shop_id}"
