"""The text of a personal access token: `pau_`, 30 base62 characters, and 6 more for their CRC-32.

The prefix lets scanners find tokens that were published by mistake. The checksum tells a token from similar text, and a
mistyped one from a revoked one, without a query.
"""

import hashlib
import re
from string import ascii_lowercase, ascii_uppercase, digits
from zlib import crc32

from django.utils.crypto import salted_hmac

PREFIX = "pau_"
_RANDOM, _CHECKSUM = 30, 6  # Characters.
_BASE62 = digits + ascii_uppercase + ascii_lowercase
_FORM = re.compile(f"{PREFIX}([0-9A-Za-z]{{{_RANDOM}}})([0-9A-Za-z]{{{_CHECKSUM}}})", re.ASCII)


def derive(seed: str, *, key: str) -> str:
    """The token for a seed. It is as unpredictable as the seed or the key, whichever is more."""
    derived = salted_hmac("users.tokens", seed, secret=key, algorithm="sha512").digest()
    random = _base62(int.from_bytes(derived), _RANDOM)
    return f"{PREFIX}{random}{_checksum(random)}"


def is_well_formed(text: str) -> bool:
    """True if the text has the form of a token, and the right checksum."""
    match = _FORM.fullmatch(text)
    return bool(match and _checksum(match[1]) == match[2])


def digest(secret: str) -> bytes:
    """The SHA-256 that the database stores. The token has 178 random bits, so that no slower hash is needed."""
    return hashlib.sha256(secret.encode()).digest()


def _checksum(random: str) -> str:
    return _base62(crc32(random.encode()), _CHECKSUM)


def _base62(number: int, length: int) -> str:
    """The last digits of a number in base 62."""
    text = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        text = _BASE62[digit] + text
    return text
