"""The Idempotency-Key of a request, and the record of an earlier request with that key."""

import hashlib
import re

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from api_project.http.idempotency.record import IdempotencyRecord
from api_project.http.idempotency.request_hashes import request_hashes
from api_project.http.problems.collector import RequestErrors
from api_project.http.problems.exceptions import InputError
from api_project.http.request.clock import request_time

_KEY = re.compile(r'"([\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})')


class IdempotencyKey:
    """The key of a request, if it has one. A malformed key is added to the errors."""

    def __init__(self, request: Request, errors: RequestErrors) -> None:
        self._request, self._at = request, request_time(request)
        self.text = _read_key(request, errors)
        self._request_hashes = request_hashes(request) if self.text else []
        # The first one is stored. The others are those of records that a retired secret key made.
        self._hashes = [hashlib.sha256(f"{scope}:{self.text}".encode()).digest() for scope in self._scopes()]

    def __bool__(self) -> bool:
        """True if there is a key to store a response under."""
        return bool(self._hashes)

    def find_record(self) -> IdempotencyRecord | None:
        if not self:
            return None
        return IdempotencyRecord.objects.unexpired(at=self._at).filter(pk__in=self._hashes).first()

    def is_of_this_request(self, record: IdempotencyRecord) -> bool:
        """True if the record is of the same request, and not of another one under the same key."""
        return bytes(record.request_digest) in self._request_hashes

    def new_record(self) -> IdempotencyRecord:
        return IdempotencyRecord(
            pk=self._hashes[0],
            request_digest=self._request_hashes[0],
            created_at=self._at,
            subject_user_ids=str(self._request.user.pk),
        )

    def delete_expired_record(self) -> None:
        IdempotencyRecord.objects.expired(at=self._at).filter(pk=self._hashes[0]).delete()

    def _scopes(self) -> list[str]:
        """A key is private to the user, or to the request itself if the caller is anonymous."""
        if not self.text:
            return []
        user = self._request.user
        return list(
            dict.fromkeys(str(user.pk) if user.is_authenticated else each.hex() for each in self._request_hashes)
        )


def _read_key(request: Request, errors: RequestErrors) -> str | None:
    header = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if header is None:
        return None
    if match := _KEY.fullmatch(header):
        return match[1] or match[2]
    message = _("Give 1 to 255 visible ASCII characters, bare or in double quotes.")
    errors.found.append(InputError("header", "Idempotency-Key", "invalid", message))
    return None
