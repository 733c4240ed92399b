"""An app and a browser that sign in, and the mails to their users."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.client import Client
from tests.factories import PASSWORD
from users.models import User


class App:
    """An app that stores its tokens, as on a phone."""

    base = "/api/auth/app/v1"

    def __init__(self, capture: DjangoCaptureOnCommitCallbacks) -> None:
        self.client = Client()
        self.capture = capture
        self.access = self.refresh = ""

    def call(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        """The response. Callbacks on commit run, although a test's own transaction never commits."""
        if self.access:
            headers.setdefault("Authorization", f"Bearer {self.access}")
        headers = {name: value for name, value in headers.items() if value}
        url = path if path.startswith("/") else f"{self.base}/{path}"
        with self.capture(execute=True):
            response = getattr(self.client, method)(url, data, headers=headers)
        self.keep(response)
        return response

    def get(self, path: str, **headers: str) -> Any:
        return self.call("get", path, **headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.call("post", path, data, **headers)

    def keep(self, response: Any) -> None:
        if response.status_code == 200 and isinstance(body := response.json(), dict):
            data = body.get("data")
            handed = {**(data if isinstance(data, dict) else {}), **body.get("meta", {})}
            self.access = handed.get("access_token", self.access)
            self.refresh = handed.get("refresh_token", self.refresh)

    def sign_in(self, user: User, password: str = PASSWORD) -> "App":
        assert self.post("auth/login", {"username": user.username, "password": password}).status_code == 200
        return self

    def renew(self) -> Any:
        return self.post("tokens/refresh", {"refresh_token": self.refresh}, Authorization="")

    def is_signed_in(self) -> bool:
        statuses = {self.get(path).status_code for path in ("auth/session", "/api/v1/users/me")}
        assert statuses in ({200}, {401})
        return statuses == {200}


class Browser(App):
    """A browser, with the session cookie instead of tokens."""

    base = "/api/auth/browser/v1"


@pytest.fixture(autouse=True)
def _unlimited(settings: Settings) -> None:
    settings.RATE_LIMITS = {}


@pytest.fixture
def new_app(db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Callable[[], App]:
    return lambda: App(django_capture_on_commit_callbacks)


@pytest.fixture
def app(new_app: Callable[[], App]) -> App:
    return new_app()


@pytest.fixture
def browser(db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Browser:
    return Browser(django_capture_on_commit_callbacks)


@pytest.fixture
def mailed_key() -> Callable[[], str]:
    """The key in the last mail, in its instructions to call the API."""

    def read() -> str:
        match = re.search(r'"key": "([^"]+)"', str(mail.outbox[-1].body))
        assert match
        return match[1]

    return read
