import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse, JsonResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from api_project.http.middleware.security_headers import DATA_POLICY, SecurityHeadersMiddleware, page_policy

POLICY = "Content-Security-Policy"


def responding_with(response: HttpResponse) -> HttpResponse:
    return SecurityHeadersMiddleware(lambda _request: response)(RequestFactory().get("/"))


def test_data_may_load_nothing() -> None:
    assert responding_with(JsonResponse({})).headers[POLICY] == DATA_POLICY


def test_a_page_may_load_what_this_host_serves() -> None:
    assert responding_with(HttpResponse("<p>")).headers[POLICY] == page_policy()


def test_a_view_may_declare_another_policy() -> None:
    response = HttpResponse("<p>", headers={POLICY: page_policy(worker_src="blob:")})
    assert responding_with(response).headers[POLICY].endswith("worker-src blob:")


def test_a_policy_replaces_the_sources_of_a_directive() -> None:
    assert "img-src 'none';" in page_policy(img_src="'none'")


@pytest.mark.parametrize("debug", [True, False])
def test_the_pages_of_the_debugger_have_no_content_security_policy(settings: Settings, debug: bool) -> None:
    settings.DEBUG = debug
    assert responding_with(HttpResponse("<p>", status=500)).has_header(POLICY) is not debug


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/posts", "/api/nothing", "/livez", "/admin/login/", "/api/docs"])
def test_every_response_has_the_security_headers(path: str) -> None:
    headers = Client().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "frame-ancestors 'none'" in headers[POLICY]
    assert "unsafe" not in headers[POLICY]


def test_the_settings_of_django_decide_about_its_headers(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 60
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SECURE_REFERRER_POLICY = ["no-referrer", "same-origin"]
    settings.SECURE_CROSS_ORIGIN_OPENER_POLICY = None
    middleware = SecurityHeadersMiddleware(lambda _request: HttpResponse())
    plain, secure = (middleware(RequestFactory().get("/", secure=secure)).headers for secure in (False, True))

    assert secure["Strict-Transport-Security"] == "max-age=60; includeSubDomains; preload"
    assert "Strict-Transport-Security" not in plain
    assert plain["Referrer-Policy"] == "no-referrer,same-origin"
    assert "Cross-Origin-Opener-Policy" not in plain


def test_a_redirection_to_https_is_refused_at_start(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    with pytest.raises(ImproperlyConfigured, match="proxy"):
        responding_with(HttpResponse())
