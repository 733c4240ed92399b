from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

RETENTION = timedelta(hours=24)


class IdempotencyRecordQuerySet(models.QuerySet["IdempotencyRecord"]):
    def unexpired(self, *, at: datetime) -> "IdempotencyRecordQuerySet":
        return self.filter(created_at__gt=at - RETENTION)

    def expired(self, *, at: datetime) -> "IdempotencyRecordQuerySet":
        return self.filter(created_at__lte=at - RETENTION)

    def mentioning_user(self, user_id: object) -> "IdempotencyRecordQuerySet":
        """The records of responses that went to a user, or mention them."""
        return self.filter(subject_user_ids__contains=str(user_id))


class IdempotencyRecord(models.Model):
    """The stored response to a request with an Idempotency-Key, which a retry receives again.

    It has no foreign keys. Inserting a row that references a user would lock that user's row until the write ends, and
    other writes to the user would wait.
    """

    digest = models.BinaryField(primary_key=True, max_length=32)
    request_digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(_("created at"), db_index=True)
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    headers = models.JSONField(_("headers"), default=dict)
    resource = models.CharField(max_length=100)
    subject_user_ids = models.TextField(
        db_column="people", help_text=_("The ids of the users whose closed account erases the response.")
    )
    body = models.BinaryField(default=b"")

    objects = IdempotencyRecordQuerySet.as_manager()

    class Meta:
        db_table = "http_storedanswer"

    def __str__(self) -> str:
        return f"{self.status} {self.created_at}"
