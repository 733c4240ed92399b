"""Many parallel writers; none waits until it is refused."""

from contextlib import ExitStack

from tests.server import Server
from tests.torture.load import load
from tests.torture.results import IN_FULL, rounds

WRITERS = 32
WRITES = len(rounds(10_000, otherwise=5))  # The writes of each writer.
SERVERS = 4 if IN_FULL else 1  # Each server has eight threads, and as many connections.


def test_no_writer_is_starved_by_other_writers(server: Server) -> None:
    with ExitStack() as stack:
        servers = [server, *(stack.enter_context(server.beside()) for _ in range(SERVERS - 1))]
        with load(*(each.url for each in servers), writers=WRITERS, writes=WRITES) as journal:
            pass
        result = journal.verify(f"{WRITERS} writers of {WRITES:,} writes each").keep()

    assert result.faultless, result
    assert result.acknowledged == WRITERS * WRITES
    assert not {"409", "503", "no response"} & set(result.statuses)
