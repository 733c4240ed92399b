from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

KEPT_FOR = timedelta(hours=24)


class StoredAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, kept to be given again to a retry."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    # Whom the key is private to, and whom the answer is about: either one's leaving erases it.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("user")
    )
    subject = models.UUIDField(_("subject"), null=True, db_index=True)
    request_digest = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    headers = models.JSONField(_("headers"), default=dict)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(_("created at"), db_index=True)

    def __str__(self) -> str:
        return f"{self.status} {self.created_at}"
