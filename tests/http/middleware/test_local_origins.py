"""In development, pages of other servers on this machine may call the API with cookies; in production, none may."""

import os

import pytest
from pytest_django import Settings

from tests import processes
from tests.client import Client
from tests.deploy.deploy_check import deploy_check

LOGIN = "/api/auth/browser/v1/auth/login"
LOCAL = ["http://localhost", "http://localhost:5173", "http://127.0.0.1:3000"]
OTHER = [
    "https://localhost:5173",
    "http://localhost.evil.example",
    "http://localhost:5173.evil.example",
    "http://evil.example/http://localhost:5173",
    "http://127.0.0.2:5173",
    "http://user@localhost:5173",
    "null",
]


@pytest.fixture
def in_development(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGIN_REGEXES = settings.CSRF_TRUSTED_ORIGIN_REGEXES = [settings.LOCAL_ORIGINS]


def allowed_origin(origin: str) -> str | None:
    response = Client().get("/api/v1/posts", headers={"Origin": origin})
    value: str | None = response.headers.get("Access-Control-Allow-Origin")
    return value


def is_trusted(origin: str, path: str = LOGIN, **form: str) -> bool:
    page = Client(enforce_csrf_checks=True)
    page.get("/api/auth/browser/v1/config")
    headers = {"X-CSRFToken": page.cookies["csrftoken"].value, "Origin": origin}
    return bool(page.post(path, {"username": "ada", "password": "x", **form}, headers=headers).status_code != 403)


@pytest.mark.parametrize("origin", LOCAL)
def test_a_page_of_this_machine_is_trusted_in_development(in_development: None, db: None, origin: str) -> None:
    assert allowed_origin(origin) == origin
    assert is_trusted(origin)


@pytest.mark.parametrize("origin", OTHER)
def test_a_page_of_another_machine_is_not_trusted_in_development(in_development: None, db: None, origin: str) -> None:
    assert allowed_origin(origin) is None
    assert not is_trusted(origin)


@pytest.mark.parametrize(("host", "is_named"), [("127.0.0.1:8000", True), ("localhost:8000", False)])
def test_a_page_that_calls_the_api_by_another_name_of_this_machine_is_told_so(
    in_development: None, settings: Settings, db: None, host: str, is_named: bool
) -> None:
    settings.DEBUG = True
    headers = {"Host": host, "Origin": "http://localhost:5173"}
    response = Client(enforce_csrf_checks=True).post(LOGIN, {"username": "ada", "password": "x"}, headers=headers)
    assert response.status_code == 403
    assert ("The page is at `localhost`, but it calls `127.0.0.1`." in response.json()["detail"]) == is_named


@pytest.mark.parametrize("origin", LOCAL)
def test_a_page_of_this_machine_is_not_trusted_in_production(db: None, origin: str) -> None:
    assert allowed_origin(origin) is None
    assert not is_trusted(origin)


def test_a_page_on_another_port_cannot_write_in_the_admin(in_development: None, db: None) -> None:
    assert not is_trusted("http://localhost:5173", "/admin/login/")


@pytest.mark.parametrize(("debug", "count"), [("true", 1), ("false", 0)])
def test_only_debug_lets_pages_of_this_machine_call_the_api(debug: str, count: int) -> None:
    code = "from django.conf import settings as s; print(s.CORS_ALLOWED_ORIGIN_REGEXES, s.CSRF_TRUSTED_ORIGIN_REGEXES)"
    environment = {**os.environ, "DEBUG": debug, "DJANGO_SETTINGS_MODULE": "api_project.settings"}
    result = processes.run("-c", code, environment=environment, check=True)
    assert result.stdout.count("localhost") == 2 * count


def test_the_check_of_a_deployment_refuses_pages_of_every_port_of_localhost(in_development: None, db: None) -> None:
    assert "project.E002" in deploy_check()


@pytest.mark.parametrize("name", ["CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS"])
@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1", "http://[::1]:3000"])
def test_the_check_of_a_deployment_warns_of_an_origin_on_this_machine(
    db: None, settings: Settings, name: str, origin: str
) -> None:
    setattr(settings, name, [origin])
    assert f"{name} has {origin}" in deploy_check()


def test_the_check_of_a_deployment_accepts_origins_of_a_front_end(db: None, settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = settings.CSRF_TRUSTED_ORIGINS = ["https://app.example.com"]
    assert "project.W005" not in deploy_check()
    assert "project.E002" not in deploy_check()
