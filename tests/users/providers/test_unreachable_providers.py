"""A server that has not yet got metadata of its provider."""

from collections.abc import Callable

from tests.openid import Claims, Issuer
from tests.users.providers.conftest import App, Browser

WRONG: list[Claims] = [{"issuer": "https://login.example.com"}, {"token_endpoint": None}, {"jwks_uri": 7}]


def test_sign_in_is_a_503_until_the_provider_sends_what_it_should(
    new_app: Callable[[], App], browser: Browser, issuer: Issuer
) -> None:
    for issuer.is_down, issuer.metadata in [(True, {}), *((False, metadata) for metadata in WRONG)]:
        for _ in range(3):
            assert new_app().with_token(issuer.id_token()).status_code == 503
            assert browser.redirect().status_code == 503
    issuer.metadata = {}
    for _ in range(4):
        assert new_app().with_token(issuer.id_token()).status_code == 200
    assert browser.visit() == {}
