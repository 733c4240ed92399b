"""The keys in mails that reset a password."""

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator


class ResetKeyGenerator(PasswordResetTokenGenerator):
    """Keys that a sign-in, a new password, another address and the end of all sign-ins make void."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{getattr(user, 'session_epoch', '')}"
