import time
from collections.abc import Callable, Iterator

from tests.torture.copies import Copies, copying
from tests.torture.journal import Journal
from tests.torture.load import load
from tests.torture.results import SHARE


def strike_under_load(url: str, strike: Callable[[], object], *, times: range) -> Journal:
    """Strike at random moments; after each strike, the API has to serve requests again."""
    with load(url) as journal:
        for _ in times:
            _strike(journal, strike)
    return journal


def strike_while_syncing(url: str, strike: Callable[[], object]) -> tuple[Journal, Copies]:
    """The same for a minute, with readers that hold a copy by the change feed; a single strike in a short run."""
    with copying(url) as copies, load(url) as journal:
        for _ in _for(60 * SHARE):
            _strike(journal, strike)
    return journal, copies


def _strike(journal: Journal, strike: Callable[[], object]) -> None:
    journal.go_on(writes=50)
    journal.faults += 1
    strike()
    journal.await_recovery()


def _for(seconds: float) -> Iterator[None]:
    """Once at least, and again until that time has passed."""
    until = time.monotonic() + seconds
    yield
    while time.monotonic() < until:
        yield
