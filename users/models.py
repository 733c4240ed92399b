import hashlib
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from api_project.db.fields import CodePointCharField, new_id
from api_project.lru_cache import LRUCache
from users.addresses import validate_address
from users.querysets import UserManager
from users.querysets import UserQuerySet as UserQuerySet
from users.validators import USERNAME_MAX_LENGTH, username_validators

if TYPE_CHECKING:
    from users.auth.sessions import SessionStore


ADDRESS_TAKEN = _("This e-mail address is taken. Use another one.")


class Role(models.TextChoices):
    MEMBER = "member", _("member")
    EDITOR = "editor", _("editor")
    ADMIN = "admin", _("admin")


class User(AbstractBaseUser):
    id = models.UUIDField(_("id"), primary_key=True, default=new_id, editable=False)
    username = CodePointCharField(
        _("username"),
        max_length=USERNAME_MAX_LENGTH,
        unique=True,
        validators=username_validators,
        error_messages={"unique": _("This username is taken. Choose another one.")},
    )
    email = models.EmailField(
        _("e-mail address"),
        blank=True,
        validators=[validate_address],
        help_text=_("Empty until a mandatory confirmation, and after the account is closed."),
    )
    display_name = models.CharField(_("display name"), max_length=80, blank=True)
    bio = models.TextField(_("bio"), blank=True, validators=[MaxLengthValidator(500)])
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Inactive accounts cannot sign in."))
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    session_epoch = models.PositiveIntegerField(_("session epoch"), default=0, editable=False)

    objects = UserManager.from_queryset(UserQuerySet)()

    # The columns, beside the primary key, by which it is decided what a user may see and do.
    columns_of_rights: ClassVar[tuple[str, ...]] = ("role", "is_active")
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_email_unique",
                violation_error_message=ADDRESS_TAKEN,
            ),
            models.CheckConstraint(condition=Q(username=Lower("username")), name="user_username_lower"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
        )
        indexes = (
            models.Index(fields=("date_joined", "id"), name="user_date_joined"),
            models.Index(fields=("email",), name="user_email"),
        )

    def __str__(self) -> str:
        return self.username

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_editor(self) -> bool:
        """True if the user may edit all posts: for editors and admins."""
        return self.role in {Role.EDITOR, Role.ADMIN}

    @property
    def is_staff(self) -> bool:
        """True if the user may open the Django admin. There, each `ServiceAdmin` says who may use it."""
        return self.is_editor

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """The admin calls this. Roles decide; there are no other permissions."""
        return self.is_active and self.is_admin

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return self.is_active and self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_admin

    def get_session_auth_hash(self) -> str:
        """The hash that a valid session holds. It changes with the password and with `session_epoch`.

        So a sign-in that is in progress while all sessions are revoked never becomes valid. Unlike Django's hash, it
        does not depend on SECRET_KEY: rotating that would give every session a new key and sign every app out.
        """
        return hashlib.sha256(f"{self.session_epoch}:{self.password}".encode()).hexdigest()

    def accepts_session_hash(self, session_hash: str) -> bool:
        """True if a session or a pending sign-in with this hash is still valid."""
        return constant_time_compare(session_hash, self.get_session_auth_hash())

    def anonymise(self, *, at: datetime) -> None:
        """Erase personal data. The row stays, because published posts refer to it."""
        self.username = f"deleted-{self.id.hex[-22:]}"
        self.display_name = "Deleted user"
        self.email = self.bio = ""
        self.role = Role.MEMBER
        self.is_active = False
        self.last_login = None
        self.closed_at = at
        self.set_unusable_password()
        self.save()


# The auth hash inside a session, by the session's signed data and the keys that verify them.
_auth_hash_cache: LRUCache[str] = LRUCache(maxsize=500)


class SessionQuerySet(models.QuerySet["Session"]):
    def unexpired(self, *, at: datetime) -> "SessionQuerySet":
        return self.filter(expire_date__gt=at)

    def for_refresh_token(self, digest: bytes) -> "SessionQuerySet":
        """The session whose chain of refresh tokens includes this token, used or not."""
        return self.filter(refresh_tokens__digest=digest)

    @transaction.atomic
    def revoke(self) -> None:
        """Delete the sessions and their tokens.

        The lock waits for a refresh in progress, so that the token that it adds is deleted, too.
        """
        keys = [session.pk for session in self.select_for_update(of=("self",)).order_by("pk")]
        self.model.objects.filter(pk__in=keys).delete()


class Session(AbstractBaseSession):
    """A sign-in. It has a column for its user, so that one statement revokes all of a user's sessions."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")

    objects = BaseSessionManager.from_queryset(SessionQuerySet)()  # type: ignore[misc]

    @classmethod
    def get_session_store_class(cls) -> "type[SessionStore]":
        store: type[SessionStore] = import_module(settings.SESSION_ENGINE).SessionStore
        return store

    @property
    def valid_user(self) -> User | None:
        """The session's user. None if the account is inactive or has revoked this session."""
        user, key = self.user, (self.session_data, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        auth_hash = _auth_hash_cache.get_or_create(key, lambda: self.get_decoded().get(HASH_SESSION_KEY, ""))
        valid = user and user.is_active and user.accepts_session_hash(auth_hash)
        return user if valid else None

    def extend(self, *, until: datetime) -> None:
        """Set a new expiry, and sign the data with the current SECRET_KEY, so that an earlier key can be removed."""
        self.session_data = Session.objects.encode(self.get_decoded())
        self.expire_date = until
        self.save(update_fields=("session_data", "expire_date"))


class RefreshToken(models.Model):
    """A refresh token in a session's chain. The database stores only its digest."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="refresh_tokens")
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
