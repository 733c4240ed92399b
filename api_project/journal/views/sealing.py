"""Texts that only this server can make and read. Unlike a signature, this hides what the caller may not see."""

from base64 import b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.utils.crypto import salted_hmac


def seal(content: bytes, *, purpose: str) -> str:
    """Encrypt the content (AES-SIV, RFC 5297), and bind it to a purpose. The text needs no escape in a query string."""
    sealed = _cipher(settings.SECRET_KEY).encrypt(content, [purpose.encode()])
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(text: str, *, purpose: str) -> bytes:
    """The content of a text, which a retired secret key may have sealed. Raises ValueError."""
    sealed = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _cipher(key).decrypt(sealed, [purpose.encode()])
        except InvalidTag:
            continue
    raise ValueError("This text is sealed with another key, for another purpose, or not at all.")


@lru_cache(maxsize=10)
def _cipher(secret: str) -> AESSIV:
    return AESSIV(salted_hmac(__name__, "", secret=secret, algorithm="sha512").digest())
