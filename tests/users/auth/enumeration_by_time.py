"""The duration of signing in, signing up and resetting does not reveal whether an account exists.

`make torture` runs this campaign: measured times do not belong in the tests of every change. It measures CPU time,
which other work on the machine affects least. `test_enumeration.py` compares the numbers of statements and mails.
"""

import gc
import random
from statistics import NormalDist, median
from time import thread_time

import pytest

from tests.users.auth.enumeration import ARMS, CASES, accounts, request_of
from tests.users.conftest import App, Browser

__all__ = ["accounts"]

SAMPLES = 200
# The level of each comparison. All 36 together raise a false alarm in at most one run of a hundred.
SIGNIFICANT = 0.01 / 36


def probability_of_no_difference(one: list[float], other: list[float]) -> float:
    """The two-sided Mann-Whitney U test, by its normal approximation; it assumes no distribution of times."""
    ranks = {each: rank for rank, each in enumerate(sorted(one + other), start=1)}
    n, m = len(one), len(other)
    u = sum(ranks[each] for each in one) - n * (n + 1) / 2
    z = (u - n * m / 2) / (n * m * (n + m + 1) / 12) ** 0.5
    return 2 * NormalDist().cdf(-abs(z))


@pytest.mark.usefixtures("full_cost_hashing", "accounts")
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["app", "browser"])
def test_requests_for_unknown_names_take_as_long_as_for_known_ones(
    kind: str, case: str, app: App, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    client, times = app if kind == "app" else browser, {arm: list[float]() for arm in ARMS}
    number, order = 0, random.Random(1)  # noqa: S311
    gc.disable()
    for sample in range(SAMPLES + 5):
        for arm in order.sample(ARMS, len(ARMS)):
            number += 1
            path, body = request_of(case, arm, number)
            client.client.cookies.clear()
            started = thread_time()
            client.post(path, body)
            if sample >= 5:  # The first requests of each arm are slower.
                times[arm].append(thread_time() - started)
    gc.enable()

    found = {arm: probability_of_no_difference(times[arm], times["nobody"]) for arm in ARMS[:-1]}
    with capsys.disabled():
        figures = " · ".join(f"{arm} {median(times[arm]) * 1000:.2f} ms" for arm in ARMS)
        print(f"\n{kind}, {case}: {figures}; p {', '.join(f'{p:.2g}' for p in found.values())}")  # noqa: T201
    assert {arm: p for arm, p in found.items() if p < SIGNIFICANT} == {}
