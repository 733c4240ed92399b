"""Living processes never share a slot, and a free one is taken again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api_project.metrics import slots
from api_project.metrics.exposition import SlotCollector
from tests.metrics.scrape import AUTHORIZATION, TOKEN, ask
from tests.server import ROOT, at_once, serving
from tests.torture.faults import filled, small_disk

# Counts one more for each line of its input, the last time in as many rows as there are.
COUNT = """
import pathlib, sys
from api_project.metrics.slots import Slot
slot = Slot.take(pathlib.Path(sys.argv[1]))
for key in ("count", "~in_progress"):
    slot.values[slot.row(key)] += 1
print("taken", flush=True)
input()
for number in range(5000):
    slot.values[slot.row(f"row {number}")] += 1
print("alive", flush=True)
input()
"""


@contextmanager
def taken(directory: Path) -> "Iterator[subprocess.Popen[str]]":
    """A process that has taken a slot and counted."""
    command = [sys.executable, "-c", COUNT, str(directory)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "taken\n"
        try:
            yield process
        finally:
            process.kill()


def living(directory: Path) -> dict[int, int]:
    return {slot.number: slot.pid for slot in slots.read(directory) if slot.pid}


def in_progress(directory: Path) -> float:
    """As a scrape shows it."""
    metrics = SlotCollector(slots.read(directory)).collect()
    return sum(each.value for metric in metrics for each in metric.samples if each.name == "http_requests_in_progress")


def values_of(directory: Path, key: str) -> dict[int, float]:
    return {slot.number: slot.rows[key][0] for slot in slots.read(directory)}


def test_processes_that_start_at_once_take_different_slots(tmp_path: Path) -> None:
    processes, found = [], []

    def take() -> None:
        with taken(tmp_path) as process:
            processes.append(process.pid)
            while len(processes) < 5:
                pass
            found.append(living(tmp_path))
            while len(found) < 5:
                pass

    at_once([take] * 5)
    assert [sorted(each) for each in found] == [[0, 1, 2, 3, 4]] * 5
    assert [sorted(each.values()) for each in found] == [sorted(processes)] * 5


def test_the_slot_of_a_killed_process_is_taken_again_with_its_counts_but_not_its_state(tmp_path: Path) -> None:
    with taken(tmp_path) as killed, taken(tmp_path) as other:
        killed.kill()
        killed.wait()
        assert living(tmp_path) == {1: other.pid}
        assert in_progress(tmp_path) == 1
        with taken(tmp_path) as successor:
            assert living(tmp_path) == {0: successor.pid, 1: other.pid}
            assert values_of(tmp_path, "count") == {0: 2, 1: 1}
            assert values_of(tmp_path, "~in_progress") == {0: 1, 1: 1}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.slot", "1.slot"]


def test_a_server_begins_with_empty_metrics_unless_another_one_runs(tmp_path: Path) -> None:
    with taken(tmp_path):
        slots.discard(tmp_path)
        assert values_of(tmp_path, "count") == {0: 1}
    slots.discard(tmp_path)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("content", [b"", b"short", b"x" * slots.FILE_BYTES, bytes(slots.FILE_BYTES)])
def test_a_file_that_is_damaged_or_of_another_release_is_emptied(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "0.slot").write_bytes(content)
    assert slots.read(tmp_path) == []
    with taken(tmp_path):
        assert values_of(tmp_path, "count") == {0: 1}


def test_a_process_with_more_keys_than_rows_counts_the_first_of_them(tmp_path: Path) -> None:
    with taken(tmp_path) as process:
        size = (tmp_path / "0.slot").stat().st_size
        assert process.stdin
        assert process.stdout
        print(file=process.stdin, flush=True)
        assert process.stdout.readline() == "alive\n"
        assert (tmp_path / "0.slot").stat().st_size == size == slots.FILE_BYTES
        (slot,) = slots.read(tmp_path)
        assert len(slot.rows) == slots.ROWS - 2  # The first is the header, and nobody reads the last.
        assert {values[0] for values in slot.rows.values()} == {1}


def test_only_the_user_of_the_api_can_read_the_files(tmp_path: Path) -> None:
    with taken(tmp_path / "metrics"):
        assert {path.stat().st_mode & 0o077 for path in (tmp_path / "metrics").iterdir()} == {0}


def test_a_server_does_not_start_with_metrics_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "metrics").write_text("This is no directory.")
    start = """
import pathlib, sys
from api_project import server, settings
settings.METRICS_DIRECTORY = pathlib.Path(sys.argv[1])
server.Server("127.0.0.1", 1, 1).start()
"""
    command = [sys.executable, "-c", start, str(tmp_path / "metrics")]
    variables = {**os.environ, "METRICS_TOKEN": TOKEN}
    result = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    (line,) = result.stderr.splitlines()
    assert line.startswith("METRICS_TOKEN: metrics cannot be written to ")


def test_requests_are_served_if_metrics_cannot_be_written(django_db_setup: None, tmp_path: Path) -> None:
    (tmp_path / "metrics").write_text("This is no directory.")
    with serving(tmp_path, METRICS_TOKEN=TOKEN) as server:
        assert ask(server.port, path="/api/v1/posts").status == 200
        assert ask(server.port, **AUTHORIZATION).status == 503
    assert '"event":"metrics_unavailable"' in (tmp_path / "log").read_text()


def test_a_process_survives_a_full_disk(tmp_path: Path) -> None:
    """With a sparse file, it would end with SIGBUS."""
    with small_disk(mebibytes=2) as disk:
        if disk is None:
            pytest.skip("mounting a small disk is not permitted here (run the tests as root)")
        with taken(disk) as process, filled(disk):
            assert process.stdin
            assert process.stdout
            print(file=process.stdin, flush=True)
            assert process.stdout.readline() == "alive\n"
        with taken(disk):
            assert values_of(disk, "count") == {0: 2}


def test_a_slot_for_which_the_disk_has_no_room_is_an_error_and_not_the_end_of_the_process(tmp_path: Path) -> None:
    with small_disk(mebibytes=2) as disk:
        if disk is None:
            pytest.skip("mounting a small disk is not permitted here (run the tests as root)")
        command = [sys.executable, "-c", COUNT, str(disk)]
        with filled(disk):
            result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert result.returncode == 1
        assert "OSError: [Errno 28]" in result.stderr
        with taken(disk):
            assert values_of(disk, "count") == {0: 1}


def test_a_damaged_file_fails_no_scrape(tmp_path: Path) -> None:
    with taken(tmp_path):
        (tmp_path / "x.slot").write_bytes((tmp_path / "0.slot").read_bytes())
        for number, key in enumerate((b"requests GET", b"\xff\xff"), 1):  # Without two of its labels; no UTF-8.
            damaged = bytearray((tmp_path / "0.slot").read_bytes())
            begin = damaged.index(b"count")
            damaged[begin : begin + len(key)] = key
            (tmp_path / f"{number}.slot").write_bytes(damaged)

        assert in_progress(tmp_path) == 1
