"""Accounts of users who sign in at a provider: confirmation, deactivation, the end, and what is stored until then."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import processes
from tests.openid import Issuer
from tests.server import Server, serving
from tests.users.providers.conftest import App, Browser
from tests.users.providers.test_sign_in import pending_flows
from users.auth.sessions import SessionStore

ALL_SESSIONS = "SELECT session_data FROM users_session"


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    return {"EMAIL_VERIFICATION": "mandatory"}


def rows(server: Server, app: App) -> int:
    user_id = app.account()["id"]
    spellings = f"'{user_id}', '{user_id.replace('-', '')}'"
    return server.count("socialaccount_socialaccount", f"cast(user_id AS varchar(40)) IN ({spellings})")


def test_migrate_makes_the_tables_of_a_provider_that_was_switched_on(tmp_path: Path, issuer: Issuer) -> None:
    with serving(tmp_path, **issuer.environment) as server:
        assert server.send("GET", "/readyz").body["checks"]["database"] == "migrations pending"
        assert server.send("GET", "/api/auth/app/v1/config").status == 200
        checked = processes.run("manage.py", "check", "--deploy", environment=server.variables)
        assert "project.E003" in checked.stderr
        assert "HINT: manage.py migrate" in checked.stderr
        server.migrate()
        assert server.send("GET", "/readyz").body["checks"]["database"] == "ok"


def test_an_address_that_the_provider_has_verified_needs_no_mail(app: App, issuer: Issuer) -> None:
    assert app.with_token(issuer.id_token()).status_code == 200
    assert app.account()["email_verified"] is True


def test_another_address_waits_for_its_confirmation(new_app: Callable[[], App], issuer: Issuer) -> None:
    issuer.user["email_verified"] = False
    app = new_app()
    app.with_token(issuer.id_token())
    profile = {"username": issuer.user["sub"], "email": issuer.user["email"]}
    response = app.post("auth/provider/signup", profile)
    assert response.status_code == 401
    assert pending_flows(response) == ["verify_email"]
    assert pending_flows(new_app().with_token(issuer.id_token())) == ["verify_email"]


def test_an_address_that_somebody_claims_does_not_stop_its_owner(app: App, server: Server, issuer: Issuer) -> None:
    claim = {"username": f"claim-{issuer.user['sub']}"[:30], "email": issuer.user["email"], "password": "x" * 20}
    assert server.send("POST", "/api/v1/users", claim).status == 202
    assert app.with_token(issuer.id_token()).status_code == 200
    assert app.account()["email"] == issuer.user["email"]


def test_a_deactivated_user_does_not_sign_in(
    new_app: Callable[[], App], browser: Browser, server: Server, issuer: Issuer
) -> None:
    app = new_app()
    app.with_token(issuer.id_token())
    username = app.account()["username"]
    with server.connect() as database:
        database.execute(f"UPDATE users_user SET is_active = false WHERE username = '{username}'")  # noqa: S608
        database.commit()
    again = new_app()
    assert again.with_token(issuer.id_token()).status_code == 401
    assert "access_token" not in again.tokens
    assert browser.visit() == {"error": "unknown", "error_process": "login"}
    assert browser.get("auth/session").status_code == 401


def test_closing_an_account_ends_its_sign_in(new_app: Callable[[], App], server: Server, issuer: Issuer) -> None:
    app = new_app()
    app.with_token(issuer.id_token())
    first = app.account()
    assert rows(server, app) == 1
    before = server.count("socialaccount_socialaccount")
    assert app.delete("/api/v1/users/me").status_code == 204
    assert server.count("socialaccount_socialaccount") == before - 1
    again = new_app()
    assert again.with_token(issuer.id_token()).status_code == 200
    assert again.account()["id"] != first["id"]


def test_closing_an_account_erases_it_after_the_provider_was_switched_off(
    app: App, server: Server, issuer: Issuer
) -> None:
    app.with_token(issuer.id_token())
    before = server.count("socialaccount_socialaccount")
    with server.beside() as without:
        bearer = {"Authorization": f"Bearer {app.tokens['access_token']}"}
        assert without.send("GET", "/api/auth/app/v1/config").body["data"].get("socialaccount") is None
        assert without.send("DELETE", "/api/v1/users/me", **bearer).status == 204
    assert server.count("socialaccount_socialaccount") == before - 1


def test_an_expired_sign_up_is_deleted_after_the_provider_was_switched_off(
    app: App, server: Server, issuer: Issuer
) -> None:
    issuer.user["email_verified"] = False
    app.with_token(issuer.id_token())
    name = issuer.user["sub"]
    assert app.post("auth/provider/signup", {"username": name, "email": issuer.user["email"]}).status_code == 401
    with server.connect() as database:
        database.execute(f"UPDATE users_user SET date_joined = '2020-01-01' WHERE username = '{name}'")  # noqa: S608
        database.commit()
    before = server.count("socialaccount_socialaccount")
    off = {**server.variables, **dict.fromkeys(issuer.environment, ""), "DEBUG": "true"}
    processes.run("manage.py", "prune", environment=off, check=True)
    assert server.count("users_user", f"username = '{name}'") == 0
    assert server.count("socialaccount_socialaccount") == before - 1


def test_what_the_provider_says_is_not_stored(app: App, browser: Browser, server: Server, issuer: Issuer) -> None:
    secret = "Lovelace, 12 St James's Square"
    issuer.user |= {"name": secret, "address": {"formatted": secret}, "phone_number": secret}
    app.with_token(issuer.id_token())
    email = issuer.user.pop("email")
    issuer.user["sub"] += "-2"
    browser.visit()
    assert pending_flows(browser.get("auth/session")) == ["provider_signup"]
    with server.connect() as database:
        (stored,) = database.execute("SELECT extra_data FROM socialaccount_socialaccount ORDER BY id DESC").fetchone()
        journal = database.execute("SELECT * FROM journal_entry").fetchall()
        sessions = [SessionStore().decode(data) for (data,) in database.execute(ALL_SESSIONS).fetchall()]
        assert database.execute("SELECT count(*) FROM socialaccount_socialtoken").fetchone()[0] == 0
    assert "Lovelace" not in str(stored)
    assert email not in str(journal)
    assert sessions
    assert not any(text in str(sessions) for text in ("Lovelace", "of-the-provider", "eyJ"))


def test_an_account_at_a_provider_that_was_removed_is_hidden(
    app: App, browser: Browser, server: Server, issuer: Issuer
) -> None:
    app.with_token(issuer.id_token())
    bearer = {"Authorization": f"Bearer {app.tokens['access_token']}"}
    issuer.user |= {"sub": f"{issuer.user['sub']}-2", "email": "", "preferred_username": ""}
    browser.visit()
    cookie = {"Cookie": f"sessionid={browser.http.cookies['sessionid']}"}
    google = {"SOCIAL_PROVIDERS": "google", "GOOGLE_CLIENT_ID": "x", "GOOGLE_CLIENT_SECRET": "x"}
    with server.beside(DEBUG="true", EMAIL_VERIFICATION="mandatory", **google) as other:
        assert other.send("GET", "/api/auth/app/v1/account/providers", **bearer).body["data"] == []
        assert other.send("GET", "/api/auth/browser/v1/auth/session", **cookie).status == 401
        assert other.send("GET", "/api/auth/browser/v1/auth/provider/signup", **cookie).status == 409
