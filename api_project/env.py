"""Settings from the environment. An invalid one stops the start with one line that names the variable."""

import os
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import environ

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
_SECONDS = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}

environ.Env.read_env(os.environ.get("ENV_FILE", ROOT / ".env"))
_env = environ.Env()
_read_names = {"ENV_FILE"}


def refuse(name: str, reason: str) -> NoReturn:
    """Exit with one line. In a traceback, the operator would not see which variable to fix."""
    raise SystemExit(f"{name}: {reason}")


def misspelt_names() -> dict[str, str]:
    """Variables that no setting reads, with the nearest name that one reads."""
    near = {name: get_close_matches(name, _read_names, n=1, cutoff=0.85) for name in set(os.environ) - _read_names}
    return {name: matches[0] for name, matches in sorted(near.items()) if matches}


def _value(name: str, default: str = "") -> str:
    _read_names.add(name)
    return os.environ.get(name, default)


def _read(name: str, reader: Callable[[], T], expected: str) -> T:
    try:
        return reader()
    except (environ.ImproperlyConfigured, ValueError, KeyError, TypeError):
        refuse(name, f"expected {expected}, got {os.environ.get(name, 'nothing')!r}")


def text(name: str, default: str) -> str:
    return _value(name) or default


def boolean(name: str, *, default: bool) -> bool:
    value = _value(name).strip().lower()
    if value in {"", "0", "false", "no", "off", "1", "true", "yes", "on"}:
        return value in {"1", "true", "yes", "on"} if value else default
    refuse(name, f"expected true or false, got {value!r}")


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    expected = f"a whole number from {minimum} to {maximum}"
    value = _read(name, lambda: int(_value(name) or default), expected)
    if not minimum <= value <= maximum:
        refuse(name, f"expected {expected}, got {value}")
    return value


def listed(name: str, default: Sequence[str] = ()) -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in _value(name).split(",") if part.strip()] or list(default)


def choice(name: str, default: str, options: Sequence[str]) -> str:
    value = text(name, default)
    if value not in options:
        refuse(name, f"expected one of {', '.join(options)}, got {value!r}")
    return value


def origins(name: str) -> list[str]:
    """Web origins (RFC 6454): scheme, host and, where it is not the default, port."""
    values = listed(name)
    for value in values:
        if not re.fullmatch(r"https?://[^/\s?#]+", value):
            refuse(name, f"expected origins such as https://app.example.com, got {value!r}")
    return values


def url_with(name: str, placeholder: str) -> str:
    """An http or https URL (RFC 3986) with the placeholder in its path or query; empty if there is none."""
    value, rest = text(name, ""), r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*"
    if value and not re.fullmatch(rf"https?://[A-Za-z0-9.:\[\]-]+/{rest}{re.escape(placeholder)}{rest}", value):
        refuse(name, f"expected a URL such as https://blog.example.com/posts/{placeholder}, got {value!r}")
    return value


def issuer(name: str, *, allow_loopback: bool) -> str:
    """The URL of an OpenID provider (OpenID Connect Discovery §3): https, without a query; empty if there is none.

    `allow_loopback` also allows http to this machine.
    """
    value = text(name, "")
    if value and not _is_issuer(value, allow_loopback=allow_loopback):
        got = "a URL with credentials" if "@" in value else repr(value)
        refuse(name, f"expected an https URL such as https://login.example.com, got {got}")
    return value


def _is_issuer(value: str, *, allow_loopback: bool) -> bool:
    try:
        parts = urlsplit(value)
        is_local = allow_loopback and parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
        is_port = parts.port != 0
    except ValueError:  # For brackets without an IPv6 address, or a port above 65535.
        return False
    is_url = re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+[A-Za-z0-9._~/%-]*", value)
    return bool(is_url and is_port and (is_local or parts.scheme == "https"))


def rate(name: str, default: str) -> tuple[int, int] | None:
    """A rate as (requests, seconds): `120/min`, `5/10s`. None if the value is empty."""
    value = _value(name, default).strip()
    if not value:
        return None
    match = re.fullmatch(r"(\d+)/(\d*)([a-z]+)", value)
    if not match or match[3] not in _SECONDS or not int(match[1]):
        refuse(name, f"expected a rate such as 120/min, or nothing for no limit, got {value!r}")
    return int(match[1]), int(match[2] or 1) * _SECONDS[match[3]]


def database(name: str, default: str) -> dict[str, Any]:
    url = text(name, default)
    expected = "sqlite:///file or postgresql://user:password@host:port/name"
    if not url.startswith(("sqlite://", "postgresql://", "postgres://")):
        refuse(name, f"expected {expected}")
    return _pooled(_read(name, lambda: dict(_env.db_url_config(url)), expected), name)


def _pooled(config: dict[str, Any], name: str) -> dict[str, Any]:
    """For `?pool_mode=transaction` (PgBouncer's name): no state is left on a connection after a transaction."""
    options = config.get("OPTIONS", {})
    mode = options.pop("pool_mode", "session")
    if mode not in {"session", "transaction"}:
        refuse(name, f"expected session or transaction as its pool_mode, got {mode!r}")
    if mode == "session":
        return config
    # PgBouncer refuses the startup parameter `options`.
    stateless = {"options": ""}
    return config | {"DISABLE_SERVER_SIDE_CURSORS": True, "OPTIONS": stateless | options}


def replica(name: str, primary: dict[str, Any]) -> dict[str, Any]:
    """A replica, with the primary's options and short timeouts: if it is down, requests fall back quickly."""
    config = database(name, "")
    if not all(each["ENGINE"].endswith(".postgresql") for each in (config, primary)):
        refuse(name, "expected postgresql://user:password@host:port/name, beside such a DATABASE_URL")
    quick = {"connect_timeout": 2, "tcp_user_timeout": 2000}
    return {
        **{name: primary[name] for name in ("CONN_MAX_AGE", "CONN_HEALTH_CHECKS")},
        **config,
        "ENGINE": primary["ENGINE"],
        "OPTIONS": primary["OPTIONS"] | quick | config.get("OPTIONS", {}),
    }


def email(name: str, default: str) -> dict[str, Any]:
    return _read(name, lambda: dict(_env.email_url_config(text(name, default))), "smtp+tls://user:password@host:port")


def sender(config: dict[str, Any], default: str) -> str:
    """The sender of mails: the user name at the mail server if it is an address, else the default."""
    user = config.get("EMAIL_HOST_USER") or ""
    return user if "@" in user else default


def networks(name: str) -> list[str]:
    """Addresses or networks in CIDR notation."""
    from ipaddress import ip_network

    for value in listed(name):
        _read(name, lambda value=value: ip_network(value, strict=False), "addresses or networks such as 10.0.0.0/8")  # type: ignore[misc]
    return listed(name)
