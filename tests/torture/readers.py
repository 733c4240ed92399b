"""Readers that count every failed request while a campaign injects faults into the server."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from time import monotonic, sleep
from urllib.parse import urlsplit

from tests.torture.results import IN_FULL

PATH = "/api/v1/posts?page_size=5"
PAUSE = 0 if IN_FULL else 0.02  # Seconds between two requests of a reader.
HESITATION = 0.3  # Seconds, as on a slow network.


class Readers:
    """Readers with a connection for each request, and as many that reuse one.

    A reused connection may be closed between two requests. The reader then repeats the request once on a new one, as
    browsers and proxies do (RFC 9112 §9.3.1). This is counted apart, and is no failed request.
    """

    def __init__(self, url: str, *, path: str = PATH) -> None:
        self._host, self._path = urlsplit(url).netloc, path
        self._stopped, self._lock = threading.Event(), threading.Lock()
        self.outcomes: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.closed_meanwhile = 0

    @property
    def failed(self) -> dict[str, int]:
        return {outcome: times for outcome, times in self.outcomes.items() if outcome != "200"}

    @property
    def p99(self) -> float:
        return sorted(self.seconds)[len(self.seconds) * 99 // 100]

    @contextmanager
    def reading(self, number: int = 4, *, hesitant: int = 0) -> Iterator["Readers"]:
        """That many readers, and some with a new connection each that hesitate before they send anything."""
        threads = [threading.Thread(target=self._run, args=(index % 2 == 0,)) for index in range(number)]
        threads += [threading.Thread(target=self._run, args=(False, HESITATION)) for _ in range(hesitant)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()

    def _run(self, keeps: bool, hesitation: float = 0) -> None:
        persistent: HTTPConnection | None = None
        while not self._stopped.wait(PAUSE):
            began = monotonic()
            connection = persistent or HTTPConnection(self._host, timeout=30)
            outcome = self._read(connection, keeps=keeps, hesitation=hesitation)
            if persistent and not outcome.isdecimal():
                connection.close()
                connection = HTTPConnection(self._host, timeout=30)
                outcome = self._read(connection, keeps=keeps)
                self.closed_meanwhile += 1
            persistent = connection if keeps and outcome.isdecimal() and connection.sock else None
            if not persistent:
                connection.close()
            with self._lock:
                self.outcomes[outcome] += 1
                self.seconds.append(monotonic() - began)
        if persistent:
            persistent.close()

    def _read(self, connection: HTTPConnection, *, keeps: bool, hesitation: float = 0) -> str:
        try:
            if hesitation:
                connection.connect()
                sleep(hesitation)
            connection.request("GET", self._path, headers={} if keeps else {"Connection": "close"})
            response = connection.getresponse()
            response.read()
        except (OSError, HTTPException) as error:
            return type(error).__name__
        return str(response.status)
