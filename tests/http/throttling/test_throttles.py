"""Throttles count exactly, report their state in headers, and fail open or closed as documented."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.management import call_command
from pytest_django import Settings
from redis import Redis

from api_project.http.throttling import sqlite
from api_project.http.throttling import store as stores
from api_project.http.throttling.counters import Counters, CountersUnavailable
from api_project.http.throttling.redis import ERROR_COOLDOWN, RedisCounters
from api_project.http.throttling.sqlite import SQLiteCounters
from api_project.http.throttling.throttles import client_network
from tests.client import Client
from tests.factories import PASSWORD
from tests.redis_server import a_redis
from users.models import User

POSTS, USERS = "/api/v1/posts", "/api/v1/users"
LOGIN = "/api/auth/app/v1/auth/login"
SECOND_FACTOR = "/api/auth/app/v1/auth/2fa/authenticate"
RESET = "/api/auth/app/v1/auth/password/request"
SIGN_UP = "/api/auth/app/v1/auth/signup"
GUARDED = [("sign-in", LOGIN), ("sign-up", USERS), ("sign-up", SIGN_UP), ("password-reset", RESET)]


@pytest.fixture(params=["embedded", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Counters]]:
    """Make counters that share one store, as those of parallel processes do."""
    if request.param == "embedded":
        yield lambda: SQLiteCounters(tmp_path / "shared.sqlite3")
        return
    with a_redis() as url:
        yield lambda: RedisCounters(url)


def test_counting_is_exact_across_parallel_processes_and_threads(store: Callable[[], Counters]) -> None:
    key, processes = uuid4().hex, [store() for _ in range(4)]
    begin = threading.Barrier(16)

    def count(number: int) -> list[int]:
        begin.wait()
        return [processes[number % 4].increment(key, window=60)[0] for _ in range(25)]

    with ThreadPoolExecutor(16) as pool:
        counts = [each for counted in pool.map(count, range(16)) for each in counted]

    assert sorted(counts) == list(range(1, 401))


def test_a_window_begins_with_its_first_event_and_ends_in_time(store: Callable[[], Counters]) -> None:
    counters, key, other = store(), uuid4().hex, uuid4().hex
    assert counters.increment(key, window=2) == (1, 2)
    assert counters.increment(other, window=60) == (1, 60)
    time.sleep(0.5)
    assert counters.increment(key, window=2)[0] == 2
    time.sleep(1.6)
    assert counters.increment(key, window=2) == (1, 2)
    count, left = counters.increment(other, window=60)
    assert count == 2
    assert 50 < left < 60


def test_sqlite_counters_are_deleted_after_their_windows(tmp_path: Path) -> None:
    counters = SQLiteCounters(tmp_path / "counters.sqlite3")

    def fill() -> None:
        for number in range(100):
            counters.increment(f"key-{number}", window=60)

    fill()
    assert counters.prune() == 0
    with time_machine.travel(time.time() + 61):
        assert counters.prune() == 100
        fill()
    with time_machine.travel(time.time() + sqlite.PRUNED_EVERY + 61):
        counters.increment("key", window=60)
        assert counters.prune() == 0


def test_retry_after_is_never_longer_than_the_window_although_the_clock_was_set_back(
    api_client: Client, db: None, settings: Settings
) -> None:
    settings.RATE_LIMITS = {"anon": (2, 60)}
    now = time.time()
    for _ in range(3):
        with time_machine.travel(now, tick=False):
            api_client.get(POSTS)
    with time_machine.travel(now - 3600, tick=False):
        response = api_client.get(POSTS)
    with time_machine.travel(now - 3600 + 61, tick=False):
        later = api_client.get(POSTS)

    assert response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert response.headers["Retry-After"] == "60"
    assert later.status_code == HTTPStatus.OK


@pytest.mark.parametrize("left", [3660, None])
def test_a_window_in_redis_is_never_longer_than_its_rate(left: int | None) -> None:
    """Redis stores the absolute time at which a key expires, and its clock may be set back."""
    with a_redis() as url:
        key, counters = uuid4().hex, RedisCounters(url)
        Redis.from_url(url).set(f"counter:{key}", 4, ex=left)

        assert counters.increment(key, window=60) == (5, 60)
        assert 0 < Redis.from_url(url).ttl(f"counter:{key}") <= 60


def test_an_unreachable_redis_is_reported_at_once() -> None:
    started = time.perf_counter()
    with pytest.raises(CountersUnavailable):
        RedisCounters("redis://127.0.0.1:1").increment("key", window=60)
    assert time.perf_counter() - started < 2


def test_a_request_does_not_wait_for_a_redis_that_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.perf_counter()
        with pytest.raises(CountersUnavailable):
            RedisCounters(f"redis://127.0.0.1:{silent.getsockname()[1]}").increment("key", window=60)
        assert time.perf_counter() - started < 2


def test_few_requests_wait_for_a_redis_that_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        counters, started = RedisCounters(f"redis://127.0.0.1:{silent.getsockname()[1]}"), time.perf_counter()
        for _ in range(20):
            with pytest.raises(CountersUnavailable):
                counters.increment("key", window=60)
        assert time.perf_counter() - started < 3  # Much less than ten seconds.


def test_a_redis_that_hung_counts_again() -> None:
    with a_redis() as url:
        counters = RedisCounters(url)
        Redis.from_url(url).client_pause(1000)
        with pytest.raises(CountersUnavailable):
            counters.increment("key", window=60)
        time.sleep(ERROR_COOLDOWN + 0.5)
        assert counters.increment(uuid4().hex, window=60) == (1, 60)


@pytest.fixture
def _clock_stands() -> Iterator[None]:
    with time_machine.travel(0, tick=False):
        yield


def limited(response: Any) -> list[str]:
    return [response.headers[name] for name in ("RateLimit-Policy", "RateLimit")]


@pytest.mark.usefixtures("_clock_stands")
def test_the_ratelimit_headers_report_the_rest_of_the_quota(api_client: Client, db: None, settings: Settings) -> None:
    settings.RATE_LIMITS = {"anon": (2, 60)}

    assert limited(api_client.get(POSTS)) == ['"anon";q=2;w=60', '"anon";r=1;t=60']
    assert limited(api_client.get(POSTS)) == ['"anon";q=2;w=60', '"anon";r=0;t=60']
    refused = api_client.get(POSTS)
    assert refused.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert limited(refused) == ['"anon";q=2;w=60', '"anon";r=0;t=60']
    assert refused.headers["Retry-After"] == "60"
    assert refused.json()["code"] == "throttled"


def test_a_client_that_waited_is_served_again(api_client: Client, db: None, settings: Settings) -> None:
    settings.RATE_LIMITS = {"anon": (1, 60)}
    with time_machine.travel(0, tick=False) as clock:
        assert api_client.get(POSTS).status_code == HTTPStatus.OK
        clock.shift(59)
        assert api_client.get(POSTS).headers["Retry-After"] == "1"
        clock.shift(1)
        assert api_client.get(POSTS).status_code == HTTPStatus.OK


def test_users_are_throttled_by_account_and_anonymous_clients_by_address(
    member_client: Client, other_member_client: Client, settings: Settings
) -> None:
    settings.RATE_LIMITS = {"user": (1, 60), "anon": (1, 60)}

    def statuses(client: Client, address: str) -> list[int]:
        return [client.get(POSTS, REMOTE_ADDR=address).status_code for _ in range(2)]

    once = [HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS]
    assert statuses(member_client, "192.0.2.1") == once
    assert statuses(other_member_client, "192.0.2.1") == once
    assert statuses(Client(), "192.0.2.1") == once
    assert statuses(Client(), "192.0.2.2") == once
    assert statuses(member_client, "192.0.2.3") == [HTTPStatus.TOO_MANY_REQUESTS] * 2


@pytest.mark.parametrize(
    ("address", "stands_for"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_ipv6_network_counts_as_one_client(address: str, stands_for: str) -> None:
    assert client_network(address) == stands_for


def test_a_token_that_is_not_valid_counts_by_address(api_client: Client, db: None, settings: Settings) -> None:
    settings.RATE_LIMITS = {"anon": (1, 60)}
    headers = {"Authorization": "Bearer nonsense"}
    statuses = [api_client.get(POSTS, headers=headers).status_code for _ in range(2)]

    assert statuses == [HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS]


@pytest.mark.usefixtures("_clock_stands")
@pytest.mark.parametrize("url", [POSTS, "/api/v1", "/api/schema", "/api/auth/app/v1/config", f"{POSTS}/nowhere"])
def test_every_response_under_a_throttle_reports_the_limit(
    api_client: Client, db: None, settings: Settings, url: str
) -> None:
    settings.RATE_LIMITS = {"anon": (1, 60)}

    assert limited(api_client.get(url)) == ['"anon";q=1;w=60', '"anon";r=0;t=60']
    assert api_client.get(url).status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_a_response_without_a_throttle_has_no_ratelimit_header(
    api_client: Client, db: None, settings: Settings
) -> None:
    settings.RATE_LIMITS = {"anon": None}

    assert "RateLimit" not in api_client.get(POSTS).headers
    settings.RATE_LIMITS = {"anon": (1, 60)}
    assert "RateLimit" not in api_client.get("/livez").headers


@pytest.mark.usefixtures("_clock_stands")
@pytest.mark.parametrize(("name", "url"), GUARDED)
def test_sign_in_sign_up_and_reset_have_throttles_of_their_own(
    api_client: Client, db: None, settings: Settings, name: str, url: str
) -> None:
    settings.RATE_LIMITS = {"anon": (100, 3600), name: (2, 60)}
    responses = [api_client.post(url, {}) for _ in range(3)]

    assert [response.status_code for response in responses] == [400, 400, HTTPStatus.TOO_MANY_REQUESTS]
    policies, states = limited(responses[-1])
    assert policies == f'"anon";q=100;w=3600, "{name}";q=2;w=60'
    assert states == f'"anon";r=97;t=3600, "{name}";r=0;t=60'
    assert responses[-1].headers["Retry-After"] == "60"
    assert api_client.get(POSTS).status_code == HTTPStatus.OK


@pytest.mark.usefixtures("_clock_stands")
@pytest.mark.parametrize(("general", "own"), [(60, 3600), (3600, 60)])
def test_a_caller_over_two_throttles_waits_for_both(
    api_client: Client, db: None, settings: Settings, general: int, own: int
) -> None:
    settings.RATE_LIMITS = {"anon": (1, general), "sign-in": (1, own)}
    refused = [api_client.post(LOGIN, {}) for _ in range(2)][1]

    assert (refused.status_code, refused.headers["Retry-After"]) == (HTTPStatus.TOO_MANY_REQUESTS, "3600")


@pytest.fixture
def _no_store(settings: Settings, tmp_path: Path) -> None:
    settings.RATE_LIMITS = {"anon": (1, 60), "user": (1, 60), "sign-in": (1, 60), "sign-up": (1, 60)}
    settings.RATE_LIMITS |= {"password-reset": (1, 60)}
    settings.COUNTERS_PATH = tmp_path / "nowhere" / "counters.sqlite3"


@pytest.mark.usefixtures("_no_store")
def test_general_throttles_let_every_caller_through_without_their_store(
    api_client: Client, member_client: Client
) -> None:
    for client in (api_client, api_client, member_client, member_client):
        response = client.get(POSTS)
        assert response.status_code == HTTPStatus.OK
        assert "RateLimit" not in response.headers


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_ones_addresses_does_not_count_as_a_reset(
    member_client: Client, settings: Settings, method: str
) -> None:
    settings.RATE_LIMITS = {"password-reset": (1, 60)}
    responses = [getattr(member_client, method)("/api/auth/app/v1/account/email") for _ in range(2)]

    assert [response.status_code for response in responses] == [HTTPStatus.OK] * 2


@pytest.mark.usefixtures("_no_store")
@pytest.mark.parametrize("url", [url for _, url in GUARDED])
def test_no_password_can_be_guessed_without_the_store_of_throttles(api_client: Client, db: None, url: str) -> None:
    response = api_client.post(url, {})

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.headers["Retry-After"] == "5"
    assert response.json()["code"] == "unavailable"


def test_the_prune_command_deletes_expired_counters(
    member: User, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.RATE_LIMITS = {"anon": (1, 60)}
    Client().get(POSTS)
    with time_machine.travel(time.time() + 61):
        call_command("prune")

    assert "Deleted 0 idempotency records, 1 counters, " in capsys.readouterr().out


def test_redis_counts_if_cache_url_names_it(settings: Settings) -> None:
    settings.CACHE_URL = "redis://127.0.0.1:1"

    assert isinstance(stores.counters(), RedisCounters)


@pytest.mark.usefixtures("_clock_stands")
def test_guesses_of_a_password_are_limited_across_all_addresses(
    member: User, other_member: User, settings: Settings
) -> None:
    settings.RATE_LIMITS = {"guesses": (3, 3600)}

    def sign_in(name: str, password: str, number: int) -> Any:
        credentials = {"email" if "@" in name else "username": name, "password": password}
        return Client().post(LOGIN, credentials, REMOTE_ADDR=f"192.0.2.{number}")

    for name in (member.username, "nobody", "nobody@example.com"):
        names = [name, name.upper(), name]
        assert [sign_in(name, "wrong", number).status_code for number, name in enumerate(names)] == [400] * 3
        refused = sign_in(name, PASSWORD, 4)
        assert refused.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert limited(refused) == ['"guesses";q=3;w=3600', '"guesses";r=0;t=3600']
    assert sign_in(other_member.username, PASSWORD, 1).status_code == HTTPStatus.OK


def test_a_session_allows_no_more_guesses_of_its_password(member_client: Client, settings: Settings) -> None:
    settings.RATE_LIMITS = {"guesses": (2, 3600)}
    data = {"current_password": "wrong", "new_password": "another-password-of-mine"}
    url = "/api/auth/app/v1/account/password/change"
    statuses = [
        member_client.post(url, {**data, "current_password": each}, REMOTE_ADDR=f"192.0.2.{number}").status_code
        for number, each in enumerate(["wrong", "wrong", PASSWORD])
    ]

    assert statuses == [HTTPStatus.BAD_REQUEST, HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS]


CHANGE = "/api/auth/app/v1/account/password/change"
AGAIN = "/api/auth/app/v1/auth/reauthenticate"
FACTOR_AGAIN = "/api/auth/app/v1/auth/2fa/reauthenticate"


def test_guesses_of_strangers_do_not_lock_out_an_owner_who_is_signed_in(
    member: User, member_client: Client, settings: Settings
) -> None:
    settings.RATE_LIMITS = {"guesses": (2, 3600)}
    secret = generate_totp_secret()
    TOTP.activate(member, secret)
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    for name in ("username", "email"):
        guess = {name: getattr(member, name), "password": "wrong"}
        assert [Client().post(LOGIN, guess).status_code for _ in range(3)] == [400, 400, 429]

    assert member_client.post(AGAIN, {"password": PASSWORD}).status_code == 200
    assert member_client.post(FACTOR_AGAIN, {"code": code}).status_code == 200
    member_client.sign_in(member)
    new_password = {"current_password": PASSWORD, "new_password": "another-password-of-mine"}
    assert member_client.post(CHANGE, new_password).status_code == 200


@pytest.mark.parametrize(("url", "guess"), [(AGAIN, {"password": "wrong"}), (FACTOR_AGAIN, {"code": "000000"})])
def test_a_thief_of_one_session_does_not_lock_out_another(
    member: User, member_client: Client, settings: Settings, url: str, guess: dict[str, str]
) -> None:
    settings.RATE_LIMITS = {"guesses": (2, 3600)}
    TOTP.activate(member, generate_totp_secret())
    thief = Client()
    thief.sign_in(member)

    assert [thief.post(url, guess).status_code for _ in range(3)] == [400, 400, 429]
    assert member_client.post(AGAIN, {"password": PASSWORD}).status_code == 200


def test_a_session_allows_no_more_guesses_of_another_accounts_password(
    member: User, other_member: User, settings: Settings
) -> None:
    settings.RATE_LIMITS = {"guesses": (2, 3600)}
    guess = {"username": other_member.username, "password": "wrong"}

    def attempt() -> int:
        client = Client()
        client.sign_in(member)
        return int(client.post(LOGIN, guess).status_code)

    assert [attempt() for _ in range(3)] == [400, 400, 429]


def test_guesses_of_a_second_factor_are_limited(member: User, settings: Settings) -> None:
    settings.RATE_LIMITS = {"guesses": (2, 3600)}
    secret = generate_totp_secret()
    TOTP.activate(member, secret)
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    client = Client()
    pending = client.post(LOGIN, {"username": member.username, "password": PASSWORD})
    headers = {"X-Session-Token": pending.json()["meta"]["session_token"]}

    codes = ["000000", "000000", code]
    statuses = [client.post(SECOND_FACTOR, {"code": each}, headers=headers).status_code for each in codes]

    assert statuses == [HTTPStatus.BAD_REQUEST, HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS]
