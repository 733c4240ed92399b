"""The function calls of a request, those of C included: exact and repeatable, unlike times.

    PYTHONPATH=. DATABASE_URL=postgresql://… .venv/bin/python benchmarks/call_counts.py [most]

takes a database with the demo's content, and writes some to it. `most` prints that many of the functions that are
called most, for each request.
"""

import cProfile
import json
import pstats
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count, cycle

from cpu_profile import POSTS, Caller, following

WARM_UP, REQUESTS, PAGES = 20, 60, 15
ENTRIES = 200  # More lists than the cache has room for.
SERVERS = 32  # With as many names, no page of PAGES is requested from one twice.


def works() -> Iterator[tuple[str, Callable[[], object]]]:
    anonymous, author = Caller(), Caller()
    author.sign_in()
    pages, pages_signed_in, ids = following(anonymous, PAGES), following(anonymous, PAGES), cycle(_ids(anonymous))
    for number in range(ENTRIES):
        anonymous.fetch(POSTS, SERVER_NAME=f"server-{number}")
    servers = cycle([f"server-{number}" for number in range(ENTRIES, ENTRIES + SERVERS)])
    for _ in range(SERVERS):  # Each name is checked the first time.
        anonymous.fetch(f"{POSTS}?page_size=1", SERVER_NAME=next(servers))

    def fetch_uncached(path: str) -> object:
        """A request that no earlier one was equal to: its key in the cache has the name of the server."""
        return anonymous.fetch(path, SERVER_NAME=next(servers))

    yield "/livez", lambda: anonymous.fetch("/livez")
    yield "list, cached", lambda: anonymous.fetch(POSTS)
    yield "list, nothing cached", lambda: fetch_uncached(next(pages))
    yield "one post, nothing cached", lambda: fetch_uncached(f"{POSTS}/{next(ids)}")
    yield "one post, signed in", lambda: author.fetch(f"{POSTS}/{next(ids)}")
    yield "list, signed in", lambda: author.fetch(next(pages_signed_in))
    run = f"{time.time_ns():x}"  # For slugs that no run before has taken.
    rest = {"body": "word " * 300, "tags": ["tea", "trains", "maps"]}
    bodies = ({"title": f"Counted {run} {number}", **rest} for number in count())
    yield "create, 3 tags", lambda: author.fetch(POSTS, "POST", next(bodies))


def counted(work: Callable[[], object]) -> tuple[float, cProfile.Profile]:
    """The calls of a request, on average, and the profile of all of them."""
    for _ in range(WARM_UP):
        work()
    profile = cProfile.Profile()
    for _ in range(REQUESTS):
        profile.runcall(work)
    stats: dict[object, tuple[int, ...]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return sum(calls for _primitive, calls, *_rest in stats.values()) / REQUESTS, profile


def _ids(caller: Caller) -> list[str]:
    return [post["id"] for post in json.loads(caller.fetch(f"{POSTS}?page_size=100&fields=id")[1])["results"]]


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    for name, work in works():
        calls, profile = counted(work)
        print(f"{name}: {calls:.0f}")  # noqa: T201
        if most:
            pstats.Stats(profile).sort_stats("ncalls").print_stats(most)


if __name__ == "__main__":
    main()
