"""The keys in mails that reset a password."""

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from users.models import User


class ResetKeyGenerator(PasswordResetTokenGenerator):
    """Keys that a sign-in, a new password, another address and the end of all sign-ins make void."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.session_epoch}"
