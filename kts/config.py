"""Every setting of the platform, typed and documented, read from ``KTS_*`` variables.

A setting that cannot be understood stops the start with a message that names the variable.
"""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ConfigError(RuntimeError):
    """A setting is missing or makes no sense; the message names its variable."""


class Settings(BaseSettings):
    """What an operator can set; each field's variable is ``KTS_`` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="KTS_", extra="ignore")

    instance: Path = Field(Path("instance"), description="Data folder: database, index, files.")
    database_url: str = Field(
        "", description="SQLAlchemy address of the database; empty: SQLite in the data folder."
    )
    search_engine: Literal["whoosh"] = Field("whoosh", description="Which search engine answers.")
    secret_key: str = Field(
        "", description="Signs sessions and links; empty: the file that `kts init` made."
    )
    base_url: str = Field(
        "http://127.0.0.1:8000", description="Address under which people reach the site."
    )
    mail_url: str = Field(
        "", description="smtp:// or smtps:// address; empty: mails become files in the data folder."
    )
    mail_from: str = Field("kts@example.org", description="Sender of all mails.")
    storage_url: str = Field(
        "", description="file:// folder for uploaded files; empty: `files` in the data folder."
    )
    ratelimit: bool = Field(True, description="Limits on sign-in, search and forms.")
    redis_url: str = Field(
        "", description="redis:// address that holds the limits when several processes share them."
    )
    site_name: str = Field("KTS Wissenstransfer", description="Name in header, title and mails.")
    operator_name: str = Field(
        "Koordinations- und Transferstelle (KTS)", description="Who runs the site."
    )
    operator_mail: str = Field(
        "kts@example.org", description="Where people reach the operator; in footer and mails."
    )
    max_upload_mb: int = Field(
        100, ge=1, le=2000, description="Largest accepted upload in megabytes."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="How many reverse proxies set X-Forwarded-* before the site."
    )

    @field_validator("storage_url")
    @classmethod
    def _known_storage(cls, value: str) -> str:
        if value and urlsplit(value).scheme != "file":
            raise ValueError("only file:// addresses are understood")
        return value

    @field_validator("mail_url")
    @classmethod
    def _known_mail(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"smtp", "smtps"}:
            raise ValueError("only smtp:// and smtps:// addresses are understood")
        return value

    @property
    def database(self) -> str:
        """Give the database's address, the default one filled in."""
        return self.database_url or f"sqlite:///{self.instance.resolve() / 'kts.sqlite3'}"

    @property
    def uses_sqlite(self) -> bool:
        """Say whether the database is a file of this machine."""
        return self.database.startswith("sqlite")

    @property
    def files(self) -> Path:
        """Give the folder that holds uploaded and derived files."""
        if self.storage_url:
            return Path(urlsplit(self.storage_url).path)
        return self.instance.resolve() / "files"

    @property
    def is_https(self) -> bool:
        """Say whether people reach the site over TLS, so that cookies can insist on it."""
        return self.base_url.startswith("https://")


def load_settings(**overrides: object) -> Settings:
    """Read the settings; raise ConfigError with the variable's name where one is wrong."""
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        wrong = "; ".join(
            f"KTS_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()
        )
        raise ConfigError(wrong) from error
    if not settings.secret_key:
        settings.secret_key = _read_secret(settings.instance)
    return settings


def _read_secret(instance: Path) -> str:
    path = instance / "secret_key"
    return path.read_text().strip() if path.is_file() else ""


def flask_config(settings: Settings) -> dict[str, object]:
    """Translate the settings into what Flask and its extensions expect."""
    return {
        "KTS": settings,
        "SECRET_KEY": settings.secret_key or None,
        "SQLALCHEMY_DATABASE_URI": settings.database,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        "MAX_CONTENT_LENGTH": (settings.max_upload_mb + 1) * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "SESSION_COOKIE_NAME": "kts_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "REMEMBER_COOKIE_NAME": "kts_remember",
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Strict",
        "REMEMBER_COOKIE_SECURE": settings.is_https,
        "PERMANENT_SESSION_LIFETIME": 60 * 60 * 12,
        "PREFERRED_URL_SCHEME": "https" if settings.is_https else "http",
        "BABEL_DEFAULT_LOCALE": "de",
        "BABEL_DEFAULT_TIMEZONE": "Europe/Berlin",
        "LANGUAGES": ("de", "en"),
        "RATELIMIT_ENABLED": settings.ratelimit,
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
        "RATELIMIT_HEADERS_ENABLED": True,
        "WTF_CSRF_TIME_LIMIT": None,
    }


def _engine_options(settings: Settings) -> dict[str, object]:
    if settings.uses_sqlite:
        return {"connect_args": {"timeout": 15}}
    return {"pool_pre_ping": True}
