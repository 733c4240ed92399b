"""The settings of signing in at other providers and with passkeys. Both are off by default, and then not loaded."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from api_project import env

# The providers of allauth that need nothing but the ID and the secret of a client.
PROVIDERS = ("discord", "facebook", "github", "gitlab", "google", "microsoft", "slack", "spotify", "twitch")
OIDC = "oidc"  # The id of the OpenID provider in requests and responses.
INSTALL = "python -m pip install --require-hashes -r requirements-providers.txt"
_APP = "allauth.socialaccount"


@dataclass(frozen=True)
class SignInSettings:
    """The values of Django's and allauth's settings; empty for what is off."""

    apps: list[str] = field(default_factory=list)  # For INSTALLED_APPS.
    providers: dict[str, Any] = field(default_factory=dict)  # SOCIALACCOUNT_PROVIDERS
    authenticators: list[str] = field(default_factory=list)  # For MFA_SUPPORTED_TYPES.
    mfa_adapter: str = "allauth.mfa.adapter.DefaultMFAAdapter"


def read(*, debug: bool) -> SignInSettings:
    """Read SOCIAL_PROVIDERS, OIDC_… and PASSKEYS. An invalid one stops the start with one line."""
    providers = {name: {"APP": _client(name.upper(), needed_by="SOCIAL_PROVIDERS")} for name in _provider_names()}
    if oidc := _openid_provider(allow_loopback=debug):
        providers["openid_connect"] = oidc
    if providers and not find_spec("requests"):
        name = "OIDC_ISSUER" if oidc else "SOCIAL_PROVIDERS"
        env.refuse(name, f"needs more packages: {INSTALL}")
    return SignInSettings(
        apps=[_APP, *(f"{_APP}.providers.{name}" for name in providers)] if providers else [],
        providers=providers,
        **_passkeys() if env.boolean("PASSKEYS", default=False) else {},
    )


def _provider_names() -> list[str]:
    names = list(dict.fromkeys(env.listed("SOCIAL_PROVIDERS")))
    for name in names:
        if name not in PROVIDERS:
            nearest = "".join(f"; did you mean {each}?" for each in get_close_matches(name.lower(), PROVIDERS, 1))
            env.refuse("SOCIAL_PROVIDERS", f"expected some of {', '.join(PROVIDERS)}, got {name!r}{nearest}")
    return names


def _openid_provider(*, allow_loopback: bool) -> dict[str, Any]:
    """The settings of the OpenID provider. Empty if there is none."""
    issuer = env.issuer("OIDC_ISSUER", allow_loopback=allow_loopback)
    if not issuer:
        for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"):
            if env.text(name, ""):
                env.refuse("OIDC_ISSUER", f"not set, but {name} is")
        return {}
    return {
        "provider_class": "users.auth.providers.openid.OpenIDProvider",
        "APP": {
            **_client("OIDC", needed_by="OIDC_ISSUER"),
            "provider_id": OIDC,
            "name": urlsplit(issuer).hostname,
            "settings": {
                "issuer": issuer,
                "server_url": f"{issuer.removesuffix('/')}/.well-known/openid-configuration",
                "oauth_pkce_enabled": True,
            },
        },
    }


def _client(prefix: str, *, needed_by: str) -> dict[str, Any]:
    """The ID and the secret with which the provider knows this API."""
    names = {"client_id": f"{prefix}_CLIENT_ID", "secret": f"{prefix}_CLIENT_SECRET"}
    for name in names.values():
        if not env.text(name, ""):
            env.refuse(name, f"not set, but {needed_by} needs it")
    return {key: env.text(name, "") for key, name in names.items()}


def _passkeys() -> dict[str, Any]:
    return {"authenticators": ["webauthn"], "mfa_adapter": "users.auth.passkeys.adapter.PasskeyAdapter"}
