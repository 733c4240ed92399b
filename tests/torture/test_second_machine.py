"""The primary is killed or cut off, and a second machine takes over. Needs root, Debian's packages and minutes."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection

from api_project.server import HOST
from tests.pgbouncer import pgbouncer
from tests.ports import free_port
from tests.programs import missing
from tests.server import Server
from tests.torture.copies import copying
from tests.torture.failover import DATABASE, PASSWORD, PROGRAMS, Pair, by_hand, takes_a_write, under_patroni
from tests.torture.journal import Journal
from tests.torture.load import load
from tests.torture.netns import USER, Machine, machines
from tests.torture.results import IN_FULL, rounds

if connection.vendor == "sqlite" or not IN_FULL:  # These tests take minutes.
    __test__ = False

NEEDED = ("ip", "haproxy", "pgbouncer", "patroni", "etcd", "socat", str(PROGRAMS / "pg_rewind"))
MISSING = [Path(name).name for name in NEEDED if not shutil.which(name)]

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=missing(*MISSING)),
    pytest.mark.skipif(os.geteuid() != 0, reason="making networks is not permitted here (run the tests as root)"),
]


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory that PostgreSQL's user may enter."""
    with tempfile.TemporaryDirectory(prefix="machines-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def pair_of(directory: Path) -> Iterator[tuple[Machine, Machine]]:
    with machines(directory, "db1", "db2") as (first, second):
        yield first, second


def kill(pair: Pair) -> None:
    pair.primary.kill()


def cut(pair: Pair) -> None:
    pair.primary.cut()


def kill_after_the_other_was_cut_off(pair: Pair) -> None:
    """Cut off the replica for a second, so that no write reaches it, and then kill the primary."""
    pair.other.cut()
    time.sleep(1)
    pair.primary.kill()
    pair.other.repair()


def round_of(journal: Journal, pair: Pair, fault: object, *, fenced: bool = True) -> None:
    """Inject one failover, and wait until both machines are as before. Records how long no write was possible."""
    journal.go_on(writes=50)
    journal.faults += 1
    assert callable(fault)
    fault(pair)
    began, old = time.monotonic(), pair.primary
    pair.fail_over()
    journal.go_on(writes=1)
    journal.recoveries.append(time.monotonic() - began)
    if fault is cut:
        old.repair()
    else:
        pair.boot()
    assert not (fenced and takes_a_write(old))
    pair.rejoin()


def test_no_write_is_lost_when_an_operator_promotes_the_second_machine(
    directory: Path, pair_of: tuple[Machine, Machine]
) -> None:
    with by_hand(directory, *pair_of, synchronous=True, port=free_port()) as pair, ExitStack() as stack:
        server = api(stack, directory, f"postgresql://{USER}@{HOST}:{pair.port}/{DATABASE}")
        with load(server.url) as journal:
            for number in rounds(12):
                round_of(journal, pair, (kill, cut, kill_after_the_other_was_cut_off)[number % 3])
        result = journal.verify("The primary dies or is cut off, another is promoted by hand").keep()

    assert result.faultless, result
    assert result.recovery is not None
    assert result.recovery < 5


def test_a_copy_misses_nothing_when_an_operator_promotes_the_second_machine(
    directory: Path, pair_of: tuple[Machine, Machine]
) -> None:
    with by_hand(directory, *pair_of, synchronous=True, port=free_port()) as pair, ExitStack() as stack:
        server = api(stack, directory, f"postgresql://{USER}@{HOST}:{pair.port}/{DATABASE}")
        with copying(server.url) as copies, load(server.url) as journal:
            for number in rounds(9):
                round_of(journal, pair, (kill, cut, kill_after_the_other_was_cut_off)[number % 3])
        result = copies.verify(journal, "Readers sync, and another machine is promoted by hand").keep()

    assert result.faultless, result


def test_connections_to_a_primary_that_was_cut_off_are_given_up_without_a_proxy(
    directory: Path, pair_of: tuple[Machine, Machine]
) -> None:
    with by_hand(directory, *pair_of, synchronous=True, port=free_port()) as pair, ExitStack() as stack:
        hosts = ",".join(f"{machine.address}:5432" for machine in pair_of)
        server = api(stack, directory, f"postgresql://{USER}@{hosts}/{DATABASE}?target_session_attrs=read-write")
        with load(server.url) as journal:
            for _ in rounds(2):
                round_of(journal, pair, cut)
        result = journal.verify("The primary is cut off, another is promoted, no proxy").keep()

    assert result.faultless, result
    assert result.recovery is not None
    assert result.recovery < 20


def test_writes_are_lost_without_synchronous_replication(directory: Path, pair_of: tuple[Machine, Machine]) -> None:
    with by_hand(directory, *pair_of, synchronous=False, port=free_port()) as pair, ExitStack() as stack:
        server = api(stack, directory, f"postgresql://{USER}@{HOST}:{pair.port}/{DATABASE}")
        with load(server.url) as journal:
            for _ in rounds(2):
                round_of(journal, pair, kill_after_the_other_was_cut_off, fenced=False)
        result = journal.verify("Control: the primary dies without synchronous replication").keep()

    assert result.lost


def test_no_write_is_lost_when_patroni_promotes_the_second_machine(
    directory: Path, pair_of: tuple[Machine, Machine]
) -> None:
    port = free_port()
    with under_patroni(directory, *pair_of, port=port, free=free_port) as pair, ExitStack() as stack:
        pool = pgbouncer(directory, host=HOST, port=str(port), user=USER, password=PASSWORD, size=16)
        url = f"{stack.enter_context(pool)}{DATABASE}?pool_mode=transaction"
        server = api(stack, directory, url)
        with load(server.url) as journal:
            for number in rounds(10):
                round_of(journal, pair, (kill, cut)[number % 2])
        result = journal.verify("The primary dies or is cut off, Patroni promotes another").keep()

    assert result.faultless, result
    assert result.recovery is not None
    assert result.recovery < 30


def api(stack: ExitStack, directory: Path, url: str) -> Server:
    server = Server("", directory, {"DATABASE_URL": url})
    server.migrate()
    return stack.enter_context(server.running())
