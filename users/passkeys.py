"""django-allauth without passkeys, which MFA_SUPPORTED_TYPES leaves out.

It imports what they take all the same: fido2, and by that cryptography, which PyJWT loads as well wherever it is
installed. Together they are a tenth of a worker's memory. This stands for the one module that needs them.
"""

import sys
from types import ModuleType

from django.core.exceptions import ImproperlyConfigured


class WebAuthn:
    """What a passkey would be wrapped in."""

    def __init__(self, instance: object) -> None:
        raise ImproperlyConfigured("Passkeys are left out; see users/passkeys.py.")


def leave_out() -> None:
    """To be called before anything of `allauth.mfa` is imported but its configuration."""
    module = ModuleType("allauth.mfa.webauthn.internal.auth", __doc__)
    vars(module)["WebAuthn"] = WebAuthn
    sys.modules[module.__name__] = module
