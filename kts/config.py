"""Every setting of the platform, typed and documented, read from ``KTS_*`` variables.

A setting that cannot be understood stops the start with a message that names the variable.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any], Any]  # gives the value as it is kept; raises ValueError with a sentence


class ConfigError(RuntimeError):
    """A setting is missing or makes no sense; the message names its variable."""


def setting(default: Any, description: str, *checks: Check) -> Any:
    """Declare a field of :class:`Settings` with what its value must pass, in this order."""
    return field(default=default, metadata={"description": description, "checks": checks})


def between(least: int, most: int) -> Check:
    """Take numbers of that range."""

    def check(value: int) -> int:
        if not least <= value <= most:
            raise ValueError(f"must be a number from {least} to {most}")
        return value

    return check


def one_of(*words: str) -> Check:
    """Take these words only."""

    def check(value: str) -> str:
        if value not in words:
            raise ValueError(f"must be one of: {', '.join(words)}")
        return value

    return check


def address_of(*schemes: str) -> Check:
    """Take addresses that begin with one of these; empty ones too."""

    def check(value: str) -> str:
        if value and urlsplit(value).scheme not in schemes:
            known = " and ".join(f"{scheme}://" for scheme in schemes)
            raise ValueError(f"only {known} addresses are understood")
        return value

    return check


def domain(value: str) -> str:
    """Take the name of a domain, or nothing."""
    if not re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+|localhost|", value, re.IGNORECASE):
        raise ValueError("only a domain like reply.example.org is understood")
    return value.lower()


@dataclass
class Settings:
    """What an operator can set; each field's variable is ``KTS_`` and its name in capitals."""

    instance: Path = setting(  # noqa: RUF009 - makes a field
        Path("instance"), "Data folder: database, index, files."
    )
    database_url: str = setting(
        "", "SQLAlchemy address of the database; empty: SQLite in the data folder."
    )
    search_engine: str = setting(
        "whoosh",
        "Which search engine answers; postgres needs a PostgreSQL KTS_DATABASE_URL.",
        one_of("whoosh", "postgres"),
    )
    secret_key: str = setting("", "Signs sessions and links; empty: the file that `kts init` made.")
    base_url: str = setting("http://127.0.0.1:8000", "Address under which people reach the site.")
    mail_url: str = setting(
        "",
        "smtp:// or smtps:// address; empty: mails become files in the data folder.",
        address_of("smtp", "smtps"),
    )
    mail_from: str = setting("kts@example.org", "Sender of all mails.")
    mail_reply_domain: str = setting(
        "", "Domain whose mailbox takes answers to mails; empty: no answers by mail.", domain
    )
    storage_url: str = setting(
        "",
        "file:// folder for uploaded files; empty: `files` in the data folder.",
        address_of("file"),
    )
    ratelimit: bool = setting(True, "Limits on sign-in, search and forms.")
    redis_url: str = setting(
        "", "redis:// address that holds the limits when several processes share them."
    )
    site_name: str = setting("KTS Wissenstransfer", "Name in header, title and mails.")
    operator_name: str = setting("Koordinations- und Transferstelle (KTS)", "Who runs the site.")
    operator_mail: str = setting(
        "kts@example.org", "Where people reach the operator; in footer and mails."
    )
    max_upload_mb: int = setting(100, "Largest accepted upload in megabytes.", between(1, 2000))
    trusted_proxies: int = setting(
        0, "How many reverse proxies set X-Forwarded-* before the site.", between(0, 5)
    )
    audit_days: int = setting(
        730, "Days for which the activity log keeps its entries.", between(30, 36_500)
    )

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
    values, wrong = {}, []
    for one in fields(Settings):
        variable = f"KTS_{one.name.upper()}"
        value = overrides.get(one.name, os.environ.get(variable, one.default))
        try:
            value = _READERS[one.type](value)
            for check in one.metadata["checks"]:
                value = check(value)
        except ValueError as error:
            wrong.append(f"{variable}: {error}")
        values[one.name] = value
    if values["search_engine"] == "postgres" and not _is_postgres(str(values["database_url"])):
        wrong.append(
            "KTS_SEARCH_ENGINE: postgres needs a postgresql:// address in KTS_DATABASE_URL"
        )
    if wrong:
        raise ConfigError("; ".join(wrong))
    settings = Settings(**values)
    if not settings.secret_key:
        settings.secret_key = _read_secret(settings.instance)
    return settings


def _is_postgres(address: str) -> bool:
    return address.startswith("postgresql")


def _whole(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise ValueError("must be a whole number") from None


def _truth(value: object) -> bool:
    word = str(value).strip().lower()
    if word in {"true", "1", "yes", "on"}:
        return True
    if word in {"false", "0", "no", "off"}:
        return False
    raise ValueError("must be true or false")


_READERS: dict[Any, Callable[[Any], Any]] = {Path: Path, str: str, int: _whole, bool: _truth}


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
        # Other sites cannot make a browser ask for a person's pages and watch their size shrink
        # (BREACH): the session cookie is SameSite=Strict and stays behind.
        "COMPRESS_MIMETYPES": ["text/html", "application/json", "application/problem+json"],
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 4,  # what is made for one answer; files are compressed at set-up
        "COMPRESS_MIN_SIZE": 1000,
    }


def _engine_options(settings: Settings) -> dict[str, object]:
    if settings.uses_sqlite:
        return {"connect_args": {"timeout": 15}}
    return {"pool_pre_ping": True}
