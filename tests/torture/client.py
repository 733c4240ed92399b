"""A model client: it retries under the same key until it gets a response, and records unexpected ones."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, IncompleteRead
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

PASSWORD = "correct-horse-battery-staple"
USERS, LOGIN = "/api/v1/users", "/api/auth/app/v1/auth/login"
AGAIN = {401, 409, 429, 503}  # Statuses after which a client may retry unchanged; after 401 it signs in again first.
PAUSES = [0.05, 0.1, 0.2, 0.4]


def never() -> bool:
    return False


class Observer(Protocol):
    def tried(self, status: int | None) -> None:
        """Record a response, or None if none came."""

    def wrong(self, what: str) -> None:
        """Record a response that no client should get, or a request without one for too long."""


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def is_wrong(self) -> bool:
        is_retryable = self.status == 503 and self.headers.get("retry-after", "").isdigit()
        return self.status >= 500 and not is_retryable


PATIENCE = 120  # Seconds for which a client tries to sign up.


class RetryingClient:
    """A client of one user with one connection, to the first reachable base URL, such as http://127.0.0.1:8000."""

    def __init__(self, bases: Sequence[str], observer: Observer, *, timeout: float) -> None:
        self.observer, self.timeout = observer, timeout
        self._places = [urlsplit(base).netloc for base in bases]
        self._connection: HTTPConnection | None = None
        self._account = {"username": f"u{uuid4().hex[:20]}", "password": PASSWORD}
        self.bearer: dict[str, str] = {}

    def sign_up(self) -> None:
        address, until = f"{self._account['username']}@example.com", time.monotonic() + PATIENCE
        body = {**self._account, "email": address}
        result = self.send("POST", USERS, body, key=uuid4().hex, give_up=lambda: time.monotonic() > until)
        if result is None or result.status != 201:
            raise RuntimeError(f"no sign-up: {result}")
        self._sign_in()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        give_up: Callable[[], bool] = never,
    ) -> Response | None:
        """Send a request until its outcome is certain. None if the client gave up before that."""
        fails = 0
        while not give_up():
            result = self.attempt(method, path, body, key=key)
            settled = result and result.status not in AGAIN - ({401} if path == LOGIN else set())
            if result and settled and not result.is_wrong:
                return result
            time.sleep(self._pause(result, fails))
            fails += 1
            if result and result.status == 401:
                self._sign_in(give_up)
        return None

    def attempt(self, method: str, path: str, body: Any = None, *, key: str = "") -> Response | None:
        """The response, if there is one: the server may be killed, or down."""
        result, began = None, time.monotonic()
        try:
            result = self._exchange(method, path, body, key)
        except TimeoutError:
            self.observer.wrong(f"{method} {path}: no response in {time.monotonic() - began:.1f} s")
        except (OSError, HTTPException):
            pass
        self.observer.tried(result.status if result else None)
        if result is None:
            self.close()
            self._places = [*self._places[1:], self._places[0]]
        elif result.is_wrong:
            self.observer.wrong(f"{method} {path}: {result.status} {result.content[:300]!r}")
        return result

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def _sign_in(self, give_up: Callable[[], bool] = never) -> None:
        self.bearer = {}  # Every operation refuses an expired token, this one too.
        result = self.send("POST", LOGIN, self._account, give_up=give_up)
        if result is None:
            return
        if result.status != 200:
            raise RuntimeError(f"no sign-in: {result}")
        self.bearer = {"Authorization": f"Bearer {result.body['meta']['access_token']}"}

    def _exchange(self, method: str, path: str, body: Any, key: str) -> Response:
        if self._connection is None:
            self._connection = HTTPConnection(self._places[0], timeout=self.timeout)
        headers = dict(self.bearer)
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self._connection.getresponse()
        if response.length is None and not response.chunked:
            raise IncompleteRead(b"")  # A response that is cut in its headers; http.client takes this for their end.
        content = response.read()
        return Response(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def _pause(self, result: Response | None, fails: int) -> float:
        """The seconds of Retry-After, else more with every failure; random, so that retries do not coincide."""
        retry_after = result.headers.get("retry-after", "") if result else ""
        pause = float(retry_after) if retry_after.isdigit() else PAUSES[min(fails, len(PAUSES) - 1)]
        return pause * random.uniform(1, 1.2)  # noqa: S311 (nothing secret)
