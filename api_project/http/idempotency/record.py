from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

KEPT_FOR = timedelta(hours=24)


class StoredAnswerQuerySet(models.QuerySet["StoredAnswer"]):
    def fresh(self, *, at: datetime) -> "StoredAnswerQuerySet":
        return self.filter(created_at__gt=at - KEPT_FOR)

    def expired(self, *, at: datetime) -> "StoredAnswerQuerySet":
        return self.filter(created_at__lte=at - KEPT_FOR)

    def concerning(self, user_id: object) -> "StoredAnswerQuerySet":
        """Answers to a user, or about them."""
        return self.filter(people__contains=str(user_id))


class StoredAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, kept to be given again to a retry.

    No foreign keys: a row that names a user would hold a lock on that user until its write is done, in the way of
    whoever changes the user.
    """

    digest = models.BinaryField(primary_key=True, max_length=32)
    request_digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(_("created at"), db_index=True)
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    headers = models.JSONField(_("headers"), default=dict)
    resource = models.CharField(max_length=100)
    people = models.TextField(help_text=_("The ids of the users whose leaving erases the answer."))
    body = models.BinaryField(default=b"")

    objects = StoredAnswerQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.status} {self.created_at}"
