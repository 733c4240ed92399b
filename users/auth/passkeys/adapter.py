"""The domain of passkeys."""

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http.request import split_domain_port

from api_project.http.middleware.client_address import public_host


class PasskeyAdapter(DefaultMFAAdapter):
    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The domain for which authenticators create passkeys: pages of it and of its subdomains can use them.

        It is the one that the front end and this API share, if the settings name it, else this API's host.
        """
        shared = (settings.CSRF_COOKIE_DOMAIN or "").lstrip(".")
        domain = shared or split_domain_port(public_host(context.request))[0]
        return {"id": domain, "name": domain}
