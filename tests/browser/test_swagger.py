"""Swagger UI in a browser: it loads under its policy, and a person reads and writes with it."""

import pytest
from playwright.sync_api import Page

from tests.browser.swagger import Swagger
from tests.browser.watched import Watched
from tests.server import Server

pytestmark = pytest.mark.usefixtures("watched")


@pytest.fixture
def swagger(server: Server, page: Page, watched: Watched) -> Swagger:
    return Swagger(page, f"http://localhost:{server.port}")


def test_explore(swagger: Swagger) -> None:
    for op in [("Users","users_create"),("Auth-browser","auth_browser_login"),("Posts","posts_create"),("Posts","posts_list"),("Posts","posts_retrieve"),
        ("Posts","posts_update"),("Posts","posts_partial_update"),("Tags","tags_list"),("Users","users_list"),("Users","users_retrieve"),("Users","users_update"),("Users","users_partial_update"),
        ("Users","users_account_retrieve"),("Users","users_account_partial_update"),
        ("Meta","root_retrieve"),("Meta","schema_retrieve"),("Meta","problems_list"),("Meta","problems_retrieve"),("Meta","livez_retrieve"),("Meta","readyz_retrieve"),
        ("Posts","posts_destroy"),("Users","users_destroy")]:
        try:
            s = swagger.execute(*op)
            print(op, s.status, str(s.body)[:150])
        except Exception as e:
            print(op, "EXC", str(e)[:300])
