"""What schemathesis has to be told: how to sign in, and what no OpenAPI document can say of an answer."""

import json
import os
import time
from typing import Any

import django
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import JsonSchemaError, RejectedPositiveData

django.setup()

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpResponse
from django.middleware.csrf import get_random_string
from django.utils import timezone

from schema.generation import generate
from tests.factories import make_user
from tests.schema.conformance import Conformance
from users.access_tokens import issue_access_token
from users.models import Role, Session, User
from users.refresh_tokens import issue_refresh_token
from users.sessions import SessionStore

CONFORMANCE = Conformance(generate())
ROLE = os.environ.get("ATTACK_AS", "")

# Faults that are about what is stored or signed, which a schema cannot tell.
OF_STATE = {
    "unique",
    "invalid_cursor",
    "conflict",
    "invalid_or_expired_key",
    "invalid_password_reset",
    "email_password_mismatch",
    "username_password_mismatch",
    "incorrect_password",
    "enter_current_password",
    "incorrect_code",
    "unknown_email",
    "email_taken",
    "too_many_login_attempts",
    "reserved",
    "password_too_similar",
    "password_too_common",
    "password_entirely_numeric",
    "repeated",
}
OF_STATUS = {410, 412, 413, 422}

if ROLE:

    @schemathesis.auth(refresh_interval=None)
    class SignedIn:
        def __init__(self) -> None:
            self.session_key = ""
            self.token = ""
            self.until = 0.0

        def get(self, case: Any, context: Any) -> Any:
            alive = Session.objects.filter(pk=self.session_key, user__is_active=True, user__role=ROLE).exists()
            if not alive or time.monotonic() > self.until:
                self._renew()
            return self

        def _renew(self) -> None:
            user = make_user(f"u-{get_random_string(12).lower()}", role=Role(ROLE))
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session[AUTHENTICATION_METHODS_SESSION_KEY] = [
                {"method": "password", "at": time.time(), "username": user.username}
            ]
            session.create()
            now = timezone.now()
            _, refresh_token = issue_refresh_token(Session.objects.get(pk=session.session_key), at=now)
            self.token = issue_access_token(refresh_token, at=now)
            self.session_key = session.session_key
            self.until = time.monotonic() + 200

        def set(self, case: Any, data: Any, context: Any) -> None:
            if "/browser/" in case.operation.path:
                csrf = get_random_string(32)
                case.cookies = {**(case.cookies or {}), "sessionid": self.session_key, "csrftoken": csrf}
                case.headers["X-CSRFToken"] = csrf
            else:
                case.headers["Authorization"] = f"Bearer {self.token}"


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    if isinstance(failure, RejectedPositiveData):
        if response.status_code in OF_STATUS:
            return False
        if response.status_code == 400:
            codes = {error["code"] for error in response.json().get("errors", [{"code": ""}])}
            return not codes <= OF_STATE
    if isinstance(failure, AcceptedNegativeData) and response.status_code in OF_STATUS:
        return False
    if isinstance(failure, JsonSchemaError) and "fields" in (case.query or {}):
        answer = HttpResponse(
            response.content, status=response.status_code, content_type=response.headers["content-type"][0]
        )
        return bool(CONFORMANCE.faults(case.method, case.formatted_path, answer, partial=True))
    return True
