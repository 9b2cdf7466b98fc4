"""Every setting, once: environment ``OCOP_HUB_*`` (nested with ``__``) or ``.env``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class MarketplaceSettings(BaseModel):
    """Where one marketplace answers; empty means the adapter's own documented host."""

    api_base: str = Field("", description="Base URL of its interface, without a trailing slash")
    public_base: str = Field("", description="Base URL of its public pages, without a trailing slash")
    auth_base: str = Field("", description="Base URL where owners of stalls agree, without a trailing slash")
    partner_id: str = Field("", description="Identifier of our application at the marketplace")
    partner_key: SecretStr = Field(SecretStr(""), description="Secret of our application at the marketplace")
    service_id: str = Field(
        "", description="Name of our application on the consent page, where it is another (TikTok Shop)"
    )
    profile: bool = Field(
        False,
        description="Speak with it as its partner profile says, instead of entering by hand; needs a contract, "
        "api_base and keys",
    )
    settle_after_s: float | None = Field(
        None,
        gt=0,
        le=3600,
        description="Seconds until a new listing whose answer was lost can be found; empty: the adapter's own",
    )


class Settings(BaseSettings):
    """The service's settings. Units stand in each field's description."""

    model_config = SettingsConfigDict(
        env_prefix="OCOP_HUB_", env_nested_delimiter="__", env_file=".env", extra="ignore"
    )

    data_dir: Path = Field(Path("var"), description="Folder of everything the service keeps on disk")
    database_url: str = Field(
        "", description="PostgreSQL ≥ 16 of your own (postgresql://…); empty: the embedded PostgreSQL 18"
    )
    database_owner_url: str = Field(
        "", description="The same database under the role that owns the tables; used by migrations only"
    )
    replica_url: str = Field("", description="A streaming replica for reports; empty: the main database")
    embedded_port: int = Field(
        0, ge=0, le=65535, description="TCP port of the embedded PostgreSQL on 127.0.0.1; 0: socket only"
    )
    database_pooler: bool = Field(
        False,
        description="database_url leads to a PgBouncer in transaction mode (≥ 1.21, max_prepared_statements > 0); "
        "for serve only: workers, migrations and backups go to PostgreSQL itself",
    )
    database_pool_size: int = Field(10, ge=1, le=200, description="Connections a process keeps at most")

    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="Address that buyers' phones reach; it is printed on labels and stays for ever",
    )
    old_public_urls: list[str] = Field([], description="Former public addresses whose labels stay answered")
    host: str = Field("127.0.0.1", description="Address the web server listens on")
    port: int = Field(8000, ge=1, le=65535, description="Port the web server listens on")

    home_province: str = Field(
        "22", description="Code of the province the installation serves (22: Quảng Ninh)"
    )
    office_name: str = Field(
        "",
        description="The office that signs reports, e.g. Sở Nông nghiệp và Môi trường; empty: the committee",
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="≥ 32 characters; empty: made once and kept in data_dir/secret.key"
    )
    session_hours: int = Field(12, ge=1, le=720, description="Hours until a sign-in lapses without use")
    media_url: str = Field(
        "", description="Where pictures and files are kept, e.g. s3://bucket/folder; empty: data_dir/media"
    )
    max_upload_mb: int = Field(20, ge=1, le=200, description="Largest file taken in, in MB (10^6 bytes)")
    log_format: str = Field("auto", description="auto | console | json")

    scan_place_header: str = Field(
        "",
        description="Header in which your proxy names a scan's country or province (ISO 3166, e.g. VN-13); "
        "empty: no place is kept",
    )

    marketplaces: dict[str, MarketplaceSettings] = Field(
        {}, description="Per marketplace key, e.g. OCOP_HUB_MARKETPLACES__SHOPEE__API_BASE"
    )
    profiles_dir: Path | None = Field(
        None,
        description="Folder with partner profiles (*.toml) of your own; a key that ships is replaced by yours",
    )
    marketplace_modules: list[str] = Field(
        [], description='Modules with adapters of your own, e.g. ["my_province.market"]'
    )
    allow_private_fetch: bool = Field(
        False, description="Let page checks reach loopback addresses; only for the sandbox on one machine"
    )
    demo: bool = Field(False, description="Show the demo sign-ins and sample labels on the first page")


#: Written into its data folder by a demo, so that every other command there reaches the same marketplaces.
DEMO_FILE = "demo.env"


@lru_cache
def get_settings() -> Settings:
    """The process's settings, read once; a data folder that holds a demo brings the demo's own."""
    settings = Settings()
    demo = settings.data_dir / DEMO_FILE
    return Settings(_env_file=(demo, ".env")) if demo.is_file() else settings
