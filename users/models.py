from datetime import datetime
from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api_project.db import CodePointCharField, new_id
from users.validators import USERNAME_MAX_LENGTH, username_validators


class Role(models.TextChoices):
    MEMBER = "member", _("member")
    EDITOR = "editor", _("editor")
    ADMIN = "admin", _("admin")


class UserQuerySet(models.QuerySet["User"]):
    def with_email_verified(self) -> "UserQuerySet":
        """Annotates `email_verified`: whether the account's own address was confirmed."""
        addresses = apps.get_model("account", "EmailAddress").objects
        confirmed = addresses.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True)
        return self.annotate(email_verified=Exists(confirmed))

    def open(self) -> "UserQuerySet":
        """Accounts that were not closed."""
        return self.filter(closed_at=None)

    def visible_to(self, user: "User | AnonymousUser") -> "UserQuerySet":
        """Open accounts; where addresses must be confirmed, the others are hidden from all but admins."""
        confirmation = settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory"
        if not confirmation or (user.is_authenticated and user.is_admin):
            return self.open()
        return self.open().with_email_verified().filter(Q(email_verified=True) | Q(pk=user.pk))


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=username.lower(), email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        """An admin, as `manage.py createsuperuser` makes one."""
        return self.create_user(username, email, password, **{**fields, "role": Role.ADMIN})


class User(AbstractBaseUser):
    id = models.UUIDField(_("id"), primary_key=True, default=new_id, editable=False)
    username = CodePointCharField(
        _("username"), max_length=USERNAME_MAX_LENGTH, unique=True, validators=username_validators
    )
    email = models.EmailField(_("e-mail address"), blank=True, help_text=_("Empty once the account is closed."))
    display_name = models.CharField(_("display name"), max_length=80, blank=True)
    bio = models.TextField(_("bio"), blank=True, validators=[MaxLengthValidator(500)])
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Inactive accounts cannot sign in."))
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager.from_queryset(UserQuerySet)()  # type: ignore[misc]

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ("email",)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_unique"),
            models.CheckConstraint(condition=Q(username=Lower("username")), name="user_username_lower"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
        )
        indexes = (models.Index(fields=("date_joined", "id"), name="user_date_joined"),)

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
        """Who may enter the Django admin."""
        return self.is_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """The admin asks this; roles answer, since there are no permissions apart from them."""
        return self.is_active and self.is_admin

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return self.is_active and self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_admin

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


class Session(AbstractBaseSession):
    """A sign-in. It knows its user, so that ending all of someone's sign-ins is one statement."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")


class RefreshToken(models.Model):
    """One link in a session's chain of refresh tokens, known by its digest only."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="refresh_tokens")
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
