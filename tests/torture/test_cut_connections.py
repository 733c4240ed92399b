from tests.server import Server
from tests.torture.flaky_network import cutting
from tests.torture.load import load
from tests.torture.results import rounds


def test_no_write_is_lost_or_done_twice_when_connections_are_cut(server: Server) -> None:
    """Clients do not know the outcome of a cut write, and retry."""
    with cutting(server.url) as (url, cuts):
        with load(url) as journal:
            journal.go_on(writes=len(rounds(5000, otherwise=100)))
        journal.faults = cuts.made
        result = journal.verify("One in ten pieces of requests and responses is cut").keep()

    assert result.faultless, result
    assert result.faults
