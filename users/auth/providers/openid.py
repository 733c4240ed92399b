"""Sign-in with an account of the OpenID provider that OIDC_ISSUER names (OpenID Connect Core 1.0)."""

import hashlib
from base64 import urlsafe_b64encode
from contextlib import suppress
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.provider import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest
from requests import RequestException

from users.auth.providers.session import FRESH_KEYS, ProviderSession, forget

Claims = dict[str, Any]
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class InvalidMetadata(RequestException):
    """The provider's metadata are incomplete, insecure, or those of another issuer."""


class OpenIDAdapter(OpenIDConnectOAuth2Adapter):
    """Adds to allauth's the checks of the standards that it omits."""

    @property
    def openid_config(self) -> Claims:
        """The provider's metadata (OpenID Connect Discovery §4.3). Raises RequestException."""
        config: Claims = super().openid_config
        provider = self.get_provider()
        issuer = provider.app.settings["issuer"]
        scheme = issuer.partition("//")[0]
        if config.get("issuer") != issuer or not all(str(config.get(name)).startswith(scheme) for name in ENDPOINTS):
            forget(provider.server_url)
            raise InvalidMetadata
        return config

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        claims = self.verified_claims(kwargs["response"]["id_token"])
        return self.get_provider().sociallogin_from_response(request, claims | self._user_info(claims, token))

    def verified_claims(self, id_token: str) -> Claims:
        """The claims of a token that the provider signed for this API (Core §3.1.3.7), also if it came from there.

        Raises OAuth2Error for an invalid token, RequestException if the provider does not respond.
        """
        config, client_id = self.openid_config, self.get_provider().app.client_id
        claims: Claims = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=config["jwks_uri"],
            issuer=config["issuer"],
            audience=[client_id],
            lookup_kid=self._find_key,
        )
        # Another client may have asked for a token that is for several.
        if claims.get("azp", client_id if claims["aud"] in (client_id, [client_id]) else None) != client_id:
            raise OAuth2Error("other_client")
        return claims

    def _find_key(self, keys: Claims, kid: str) -> Any:
        """The key of this id, or None. The provider may have more keys than when they were cached."""
        with suppress(LookupError):
            if key := jwtkit.lookup_kid_jwk(keys, kid):
                return key
        with ProviderSession() as session:
            response = session.get(self.openid_config["jwks_uri"], fresh=FRESH_KEYS)
            response.raise_for_status()
            return jwtkit.lookup_kid_jwk(response.json(), kid)

    def _user_info(self, claims: Claims, token: SocialToken) -> Claims:
        """More claims about the user, if the provider has them. Raises ProviderException for another user (§5.3.2)."""
        if "userinfo_endpoint" not in self.openid_config:
            return {}
        info: Claims = self._fetch_user_info(token.token)
        if info["sub"] != claims["sub"]:
            raise ProviderException("other_subject")
        return info


class OpenIDProvider(OpenIDConnectProvider):
    oauth2_adapter_class = OpenIDAdapter

    def extract_uid(self, data: Claims) -> str:
        """A digest of issuer and subject: a subject alone is somebody else's at another issuer (§2)."""
        subject = data["sub"]
        if not (isinstance(subject, str) and subject):
            raise ProviderException("no_subject")
        pair = f"{self.app.settings['issuer']}\n{subject}".encode("utf-8", "surrogatepass")
        return urlsafe_b64encode(hashlib.sha256(pair).digest()).decode().rstrip("=")

    def extract_extra_data(self, data: Claims) -> Claims:
        return {"username": data.get("preferred_username") or data.get("email")}

    def extract_common_fields(self, data: Claims) -> Claims:
        return {"username": data.get("preferred_username"), "email": data.get("email")}

    def extract_email_addresses(self, data: Claims) -> list[EmailAddress]:
        # Some providers send the claim as text.
        is_verified = data.get("email_verified") is True or data.get("email_verified") == "true"
        email = data.get("email")
        return [EmailAddress(email=email, verified=is_verified, primary=True)] if email else []

    def verify_token(self, request: HttpRequest, token: Claims) -> SocialLogin:
        """Raises OAuth2Error for an invalid token, RequestException if the provider does not respond."""
        claims = self.get_oauth2_adapter(request).verified_claims(token["id_token"])
        return self.sociallogin_from_response(request, claims)

    def sociallogin_from_response(self, request: HttpRequest, response: Claims) -> SocialLogin:
        if "exp" not in response:  # PyJWT checks it only if it is there.
            raise ProviderException("no_expiry")
        return super().sociallogin_from_response(request, response)


provider_classes = [OpenIDProvider]
