"""The cost of a body grows with its length, and with nothing else that a client can choose."""

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from api_project.text import has_too_many_marks, stream_safe
from posts.search import tokenizer as words
from tests.client import Client

POSTS, JSON, FORM = "/api/v1/posts", "application/json", "application/x-www-form-urlencoded"
SIZE = 500_000

COSTLY = {
    "percent signs": (FORM, "body=" + "%" * SIZE),
    "values that are not JSON": (JSON, "[" + ",".join(["NaN"] * (SIZE // 4)) + "]"),
    "deep arrays": (JSON, "[" + ",".join(["[" * 33 + "]" * 33] * (SIZE // 67)) + "]"),
    "arrays almost as deep": (JSON, "[" + ",".join(["[" * 31 + "]" * 31] * (SIZE // 63)) + "]"),
    "objects with a name twice": (JSON, "[" + ",".join(['{"a":1,"a":1}'] * (SIZE // 14)) + "]"),
}
# Allowed memory, as a multiple of the body's length. Each parsed value takes 50 bytes and more.
MOST = {FORM: 40, JSON: 15}


@pytest.mark.parametrize("case", COSTLY)
def test_a_body_is_not_parsed_without_need(case: str, member_client: Client) -> None:
    media_type, body = COSTLY[case]
    tracemalloc.start()
    try:
        response = member_client.generic("POST", POSTS, body, media_type)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert response.status_code == 400
    assert peak < MOST[media_type] * SIZE


def test_recurring_words_of_a_text_are_folded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[str] = []
    fold = words._bare

    def counting(word: str) -> str:
        folded.append(word)
        return fold(word)

    monkeypatch.setattr(words, "_bare", counting)
    found = words.words("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM} " * 1000)

    assert len(found) == 4000
    assert len(folded) == 4


def cpu_seconds(call: Callable[[], Any]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


@pytest.mark.parametrize("read", [has_too_many_marks, stream_safe])
def test_marks_just_below_the_limit_cost_no_more_than_fewer_marks(read: Callable[[str], Any]) -> None:
    """The test compares two times, so the speed of the machine does not matter."""
    short, long = ("—" * 3 + "a") * 50_000, ("—" * 29 + "a") * 6_667
    times = [(cpu_seconds(lambda: read(long)), cpu_seconds(lambda: read(short))) for _ in range(5)]

    assert min(of_long for of_long, _ in times) < 2.5 * min(of_short for _, of_short in times)
