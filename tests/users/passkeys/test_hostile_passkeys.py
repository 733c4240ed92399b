"""Credentials that no authenticator would return."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.passkeys import Authenticator, encoded
from tests.server import Server
from tests.users.callers import App
from tests.users.passkeys.conftest import LOGIN, ORIGIN, PASSKEYS, assertion, signed_in

WRONG: list[Any] = [None, "x", 7, [], {}, {"id": 1}, {"id": "x", "rawId": "x", "response": {}, "type": "public-key"}]


@pytest.mark.parametrize("credential", WRONG, ids=repr)
def test_a_malformed_credential_is_refused(app: App, member: str, credential: Any) -> None:
    app.get(LOGIN)
    assert app.post(LOGIN, {"credential": credential}).status_code == 400
    signed_in(app, member).get(PASSKEYS)
    assert app.post(PASSKEYS, {"credential": credential}).status_code == 400


MEMBERS = ("clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject")
VALUES: list[Any] = [None, 7, "", "=", "é", [], {}, encoded(b"\x81" * 5000), encoded(b"{}"), encoded(b"[" * 5000)]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_hostile_parts_of_a_credential_are_refused(
    app: App, new_app: Callable[[], App], member: str, value: Any
) -> None:
    owner = signed_in(new_app(), member)
    passkey = Authenticator(ORIGIN)
    created = passkey.create(owner.get(PASSKEYS).json()["data"]["creation_options"])
    for name in MEMBERS:
        if name in created["response"]:
            broken = {**created, "response": {**created["response"], name: value}}
            assert owner.post(PASSKEYS, {"credential": broken}).status_code == 400
    answer = assertion(app, passkey)
    for name in ("id", "rawId", "type", "response"):
        assert app.post(LOGIN, {"credential": {**answer, name: value}}).status_code == 400
    for name in MEMBERS[:4]:
        broken = {**answer, "response": {**answer["response"], name: value}}
        response = app.post(LOGIN, {"credential": broken}, headers={"Accept-Language": "es"})
        assert response.status_code == 400
        assert response.json()["errors"][0]["detail"].startswith("No se aceptó la clave de acceso.")


def test_other_members_of_a_credential_are_not_stored(app: App, server: Server, member: str) -> None:
    caller = signed_in(app, member)
    created = Authenticator(ORIGIN).create(caller.get(PASSKEYS).json()["data"]["creation_options"])
    odd = {**created, "clientExtensionResults": {"credProps": {"rk": "yes"}}, "more": "x" * 1000}
    assert caller.post(PASSKEYS, {"credential": odd}).status_code == 200
    (shown, _codes) = caller.get("account/authenticators").json()["data"]
    assert "is_passwordless" not in shown
    with server.connect() as database:
        stored = database.execute("SELECT data FROM mfa_authenticator WHERE type = 'webauthn'").fetchall()
    assert "xxx" not in str(stored)
    others: list[Any] = ["x", [], {"credProps": []}]
    for extensions in others:
        created = Authenticator(ORIGIN).create(caller.get(PASSKEYS).json()["data"]["creation_options"])
        odd = {**created, "clientExtensionResults": extensions}
        assert caller.post(PASSKEYS, {"credential": odd}).status_code == 400


def test_a_name_is_short(app: App, member: str) -> None:
    caller = signed_in(app, member)
    credential = Authenticator(ORIGIN).create(caller.get(PASSKEYS).json()["data"]["creation_options"])
    assert caller.post(PASSKEYS, {"name": "x" * 101, "credential": credential}).status_code == 400
