"""Querysets of users, by name."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, BaseUserManager
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q

from api_project.db import changes
from users.addresses import canonical_address

if TYPE_CHECKING:
    from users.models import User

# A sign-up whose address is not confirmed reserves its username for this long.
CONFIRMATION_WINDOW = timedelta(days=7)


class UserQuerySet(models.QuerySet["User"]):
    def with_email_verified(self) -> "UserQuerySet":
        """Annotate `email_verified`: true if the account's own address was confirmed."""
        addresses = apps.get_model("account", "EmailAddress").objects
        confirmed = addresses.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True)
        return self.annotate(email_verified=Exists(confirmed))

    def open(self) -> "UserQuerySet":
        """Accounts that are not closed."""
        return self.filter(closed_at=None)

    def expired_signups(self, *, at: datetime) -> "UserQuerySet":
        """Sign-ups whose mandatory confirmation did not come in time; see `services.sign_up`."""
        claims = apps.get_model("account", "EmailAddress").objects.filter(user=OuterRef("pk"))
        unused = self.open().filter(email="", last_login=None, date_joined__lte=at - CONFIRMATION_WINDOW)
        return unused.filter(Exists(claims.filter(verified=False)), ~Exists(claims.filter(verified=True)))

    def visible_to(self, user: "User | AnonymousUser") -> "UserQuerySet":
        """Open accounts. If confirmation is mandatory, only admins and the owner see an unconfirmed account."""
        if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory" or (user.is_authenticated and user.is_admin):
            return self.open()
        return self.open().with_email_verified().filter(Q(email_verified=True) | Q(pk=user.pk))

    def public(self) -> "UserQuerySet":
        """Those that everyone sees."""
        return self.visible_to(AnonymousUser())


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        address = canonical_address(email) if email else ""
        user = self.model(username=username.lower(), email=address, **fields)
        user.set_password(password)
        with transaction.atomic(savepoint=False):
            changes.create(user, at=user.date_joined)
        return user

    def create_superuser(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        """Create an admin, for `manage.py createsuperuser`."""
        return self.create_user(username, email, password, **{**fields, "role": "admin"})
