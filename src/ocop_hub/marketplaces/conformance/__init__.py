"""What every adapter must do, as tests: an adapter's test class inherits these and supplies a stage.

In a test module::

    class TestShopee(ApiMarketplace, ConsentMarketplace, PushingMarketplace):
        @pytest.fixture
        async def stage(self, ...) -> AsyncGenerator[Stage]: ...

Tests look at ``capabilities``: what an adapter does not offer must be refused with ``Unsupported``. The stage
is the other side of the wire, over real HTTP; recorded answers are not enough to see a lost one.
"""

from ocop_hub.marketplaces.conformance.any_mode import AnyMarketplace, AssistedMarketplace
from ocop_hub.marketplaces.conformance.calls import ApiMarketplace
from ocop_hub.marketplaces.conformance.consent import ConsentMarketplace, PushingMarketplace
from ocop_hub.marketplaces.conformance.stage import (
    REDIRECT,
    Log,
    Stage,
    all_items,
    failure,
    publish,
    put_up,
    refusal,
)

__all__ = [
    "REDIRECT",
    "AnyMarketplace",
    "ApiMarketplace",
    "AssistedMarketplace",
    "ConsentMarketplace",
    "Log",
    "PushingMarketplace",
    "Stage",
    "all_items",
    "failure",
    "publish",
    "put_up",
    "refusal",
]
