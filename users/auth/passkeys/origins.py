"""The pages whose passkeys are accepted (WebAuthn Level 2 §13.4.9)."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from fido2.utils import websafe_decode
from fido2.webauthn import CollectedClientData

from api_project.http.request.csrf import is_trusted_origin


def check_page(request: HttpRequest, credential: dict[str, Any]) -> None:
    """Raises ValueError unless a page that may act for its user got the credential, and was in no frame of another one.

    fido2 checks the domain alone. So a page of any subdomain or port could use what its user signs there, and sign in.
    """
    client = CollectedClientData(websafe_decode(credential["response"]["clientDataJSON"]))
    if client.cross_origin or not _is_known(request, client.origin):
        raise ValueError


def _is_known(request: HttpRequest, origin: str) -> bool:
    # Apps on a phone have no page. Their origin is the domain itself.
    domain = get_adapter().get_public_key_credential_rp_entity()["id"]
    return (
        origin == f"https://{domain}" or origin in settings.CORS_ALLOWED_ORIGINS or is_trusted_origin(request, origin)
    )
