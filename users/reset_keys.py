"""The keys in password reset mails."""

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from users.models import User


class ResetKeyGenerator(PasswordResetTokenGenerator):
    """Keys that become invalid with a sign-in, a new password, a new address, or when all sessions are revoked."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.session_epoch}"
