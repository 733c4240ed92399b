from collections.abc import Callable

from tests.torture.journal import Journal
from tests.torture.load import load


def strike_under_load(url: str, strike: Callable[[], object], *, times: range) -> Journal:
    """Strike at random moments; after each strike, the API has to serve requests again."""
    with load(url) as journal:
        for _ in times:
            journal.go_on(writes=50)
            journal.faults += 1
            strike()
            journal.await_recovery()
    return journal
