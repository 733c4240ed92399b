"""Sign-ins of many users and devices at once."""

from collections.abc import Callable
from functools import partial
from uuid import uuid4

from tests.openid import Issuer
from tests.server import Server, at_once
from tests.users.providers.conftest import App, set_verified
from tests.users.providers.test_sign_in import error_codes


def test_users_with_one_username_at_the_provider_sign_up_at_once(new_app: Callable[[], App], issuer: Issuer) -> None:
    names = [f"{issuer.user['sub']}-{number}" for number in range(6)]
    tokens = [issuer.id_token(sub=name, email=f"{name}@example.com") for name in names]
    apps = [new_app() for _ in names]
    responses = at_once([partial(app.with_token, token) for app, token in zip(apps, tokens, strict=True)])
    assert {error_codes(each)[0] for each in responses if each.status_code == 400} == set()
    usernames = [app.account()["username"] for app in apps if "access_token" in app.tokens]
    assert len(usernames) == len(set(usernames)) > 1


def test_users_who_connect_one_account_at_once_learn_that_it_is_another_users(
    new_app: Callable[[], App], server: Server, issuer: Issuer
) -> None:
    apps = [new_app() for _ in range(4)]
    for app in apps:
        username = f"member-{uuid4().hex[:12]}"
        server.signed_up(username=username)
        set_verified(server, f"{username}@a.org")
        app.sign_in(username)
        app.authenticate_again()
    responses = at_once([partial(app.with_token, issuer.id_token(), "connect") for app in apps])
    statuses = sorted(each.status_code for each in responses if each.status_code != 503)
    assert statuses == [200] + [400] * (len(statuses) - 1)
    assert {error_codes(each)[0] for each in responses if each.status_code == 400} <= {"connected_other"}
    assert len(statuses) > 1
