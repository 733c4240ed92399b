from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api_project.db.fields import new_id


class PersonalAccessTokenQuerySet(models.QuerySet["PersonalAccessToken"]):
    def unexpired(self, *, at: datetime) -> "PersonalAccessTokenQuerySet":
        return self.filter(expires_at__gt=at)

    def not_used_since(self, at: datetime) -> "PersonalAccessTokenQuerySet":
        return self.filter(Q(last_used_at=None) | Q(last_used_at__lt=at))


class PersonalAccessToken(models.Model):
    """A token that a user has created for a program. The database stores only its digest."""

    id = models.UUIDField(_("id"), primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_index=False,  # The index below begins with it.
        related_name="personal_access_tokens",
        verbose_name=_("user"),
    )
    name = models.CharField(_("name"), max_length=100)
    scopes = models.CharField(_("scopes"), max_length=200, help_text=_("Sorted, and separated by spaces."))
    digest = models.BinaryField(max_length=32, unique=True)
    last_four = models.CharField(_("last four characters"), max_length=4)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), db_index=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, help_text=_("The hour."))

    objects = PersonalAccessTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("personal access token")
        verbose_name_plural = _("personal access tokens")
        constraints = (models.CheckConstraint(condition=~Q(scopes=""), name="token_has_scopes"),)
        indexes = (models.Index(fields=("user", "created_at", "id"), name="token_user_created_at"),)

    def __str__(self) -> str:
        # Without the name: the admin's history keeps this text after the account is closed.
        return f"…{self.last_four}"

    @property
    def access_scopes(self) -> frozenset[str]:
        """What a request with this token may do. `ApiView.check_scopes` reads it."""
        return frozenset(self.scopes.split())
