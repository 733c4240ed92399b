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
        help_text=_("Empty until it is confirmed, where it has to be, and once the account is closed."),
    )
    display_name = models.CharField(_("display name"), max_length=80, blank=True)
    bio = models.TextField(_("bio"), blank=True, validators=[MaxLengthValidator(500)])
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Inactive accounts cannot sign in."))
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    session_epoch = models.PositiveIntegerField(_("session epoch"), default=0, editable=False)

    objects = UserManager.from_queryset(UserQuerySet)()

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
        """Whether the user may work on everybody's posts, which an admin may too."""
        return self.role in {Role.EDITOR, Role.ADMIN}

    @property
    def is_staff(self) -> bool:
        """Whether the user may enter the Django admin, in which each model says whom it is for."""
        return self.is_editor

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """The admin asks this; roles answer, since there are no permissions apart from them."""
        return self.is_active and self.is_admin

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return self.is_active and self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_admin

    def get_session_auth_hash(self) -> str:
        """What a session has to name to be valid: changes with the password and with `session_epoch`.

        So a sign-in that is under way while all are ended is dead on arrival. Unlike Django's it takes no part in
        SECRET_KEY, whose rotation would give every session a new key and so sign every app out.
        """
        return hashlib.sha256(f"{self.session_epoch}:{self.password}".encode()).hexdigest()

    def accepts_session_hash(self, session_hash: str) -> bool:
        """Whether a sign-in that began with this hash is still valid."""
        return constant_time_compare(session_hash, self.get_session_auth_hash())

    def anonymise(self, *, at: datetime) -> None:
        """Erase what is personal and keep the row, for the posts that stay."""
        self.username = f"deleted-{self.id.hex[-22:]}"
        self.display_name = "Deleted user"
        self.email = self.bio = ""
        self.role = Role.MEMBER
        self.is_active = False
        self.last_login = None
        self.closed_at = at
        self.set_unusable_password()
        self.save()


# By a session's data, which are signed, and the keys to that: what its user has to be named by.
_auth_hash_cache: LRUCache[str] = LRUCache(maxsize=500)


class SessionQuerySet(models.QuerySet["Session"]):
    def unexpired(self, *, at: datetime) -> "SessionQuerySet":
        return self.filter(expire_date__gt=at)

    def for_refresh_token(self, digest: bytes) -> "SessionQuerySet":
        """The session to whose chain of refresh tokens this one belongs or belonged."""
        return self.filter(refresh_tokens__digest=digest)

    @transaction.atomic
    def revoke(self) -> None:
        """Delete the sessions and their tokens.

        Locked first, so that a refresh under way ends before: the token it adds would outlive its session.
        """
        keys = [session.pk for session in self.select_for_update(of=("self",)).order_by("pk")]
        self.model.objects.filter(pk__in=keys).delete()


class Session(AbstractBaseSession):
    """A sign-in. It knows its user, so that ending all of someone's sign-ins is one statement."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")

    objects = BaseSessionManager.from_queryset(SessionQuerySet)()  # type: ignore[misc]

    @classmethod
    def get_session_store_class(cls) -> "type[SessionStore]":
        store: type[SessionStore] = import_module(settings.SESSION_ENGINE).SessionStore
        return store

    @property
    def valid_user(self) -> User | None:
        """Whose sign-in this is; None when the account is not active or has ended this sign-in."""
        user, key = self.user, (self.session_data, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        named = _auth_hash_cache.get_or_create(key, lambda: self.get_decoded().get(HASH_SESSION_KEY, ""))
        valid = user and user.is_active and user.accepts_session_hash(named)
        return user if valid else None

    def extend(self, *, until: datetime) -> None:
        """Move the end, and sign the data with the present SECRET_KEY so that they outlive an earlier one."""
        self.session_data = Session.objects.encode(self.get_decoded())
        self.expire_date = until
        self.save(update_fields=("session_data", "expire_date"))


class RefreshToken(models.Model):
    """One link in a session's chain of refresh tokens, known by its digest only."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="refresh_tokens")
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
