"""The results of campaigns: a row each. Full ones go into the table of docs/evidence/fault-campaigns.md."""

import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from math import ceil

from django.db import connection

from tests.torture import report

SHARE = float(os.environ.get("TORTURE") or 0)  # The number of a full campaign; 0 for the short form.
IN_FULL = SHARE > 0
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def rounds(in_full: int, *, otherwise: int = 1) -> range:
    return range(ceil(in_full * SHARE) or otherwise)


@dataclass(frozen=True)
class Result:
    campaign: str
    faults: int
    tries: int  # Requests sent.
    acknowledged: int  # Writes that a client knows to be done.
    doubtful: int  # Writes whose outcome no client knows.
    lost: int  # Acknowledged writes that are missing.
    duplicated: int  # Posts beyond the requested ones.
    wrong: list[str]  # Responses other than 2xx, 4xx and 503 with Retry-After, and missing responses.
    pause: float  # The longest time without an acknowledged write, in seconds.
    recovery: float | None  # The longest time from when requests could be served again, until one was.
    statuses: dict[str, int] = field(default_factory=dict)
    engine: str = field(default_factory=lambda: ENGINES[connection.vendor])

    @property
    def faultless(self) -> bool:
        return not (self.lost or self.duplicated or self.doubtful or self.wrong)

    def keep(self) -> "Result":
        """Store it in place of the campaign's earlier row, if this is a full run."""
        if IN_FULL:
            row = {**asdict(self), "wrong": len(self.wrong), "test": _test(), "date": f"{datetime.now(UTC):%Y-%m-%d}"}
            report.keep({**row, "machine": _machine()})
        return self


def _test() -> str:
    """The id of the running test, as pytest takes it."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB"
