"""Usernames for users who sign up by a provider. A username is public; their names and addresses there are not."""

import re
from collections.abc import Iterator
from secrets import choice, token_hex
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError

from users.models import User
from users.validators import username_validators

MAX_CHARACTERS = 25  # Of a suggestion. A number fits behind it.
MAX_SHOWN = 254


def free_username(suggestion: Any) -> str:
    """A valid username that is free: the provider's username if it has one, with a number if need be, else random."""
    return next(name for name in _candidates(suggestion) if _is_valid(name) and not User.objects.filter(username=name))


def shown_name(account: SocialAccount) -> str:
    """A name of the account at the provider, which only its owner sees. Empty if it has none."""
    name = str(account.get_provider_account().to_str()).replace("\0", "")
    text = name.encode("utf-8", "ignore").decode()  # JSON may contain half a surrogate pair, PostgreSQL's may not.
    return " ".join(text.split())[:MAX_SHOWN]


def _candidates(suggestion: Any) -> Iterator[str]:
    # At some providers the username is an e-mail address.
    text = suggestion.lower() if isinstance(suggestion, str) and "@" not in suggestion else ""
    if base := re.sub(r"[^a-z0-9]+", "-", text[: 2 * MAX_CHARACTERS])[:MAX_CHARACTERS].strip("-"):
        yield base
        yield f"{base}-{choice(range(1000, 10_000))}"
    while True:
        yield f"user-{token_hex(4)}"


def _is_valid(username: str) -> bool:
    try:
        for validate in username_validators:
            validate(username)
    except ValidationError:
        return False
    return True
