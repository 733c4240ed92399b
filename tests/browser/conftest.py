"""A browser on the production server: Debian's Chromium, or any that is installed under one of its names."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from schema.components import example_of
from tests.browser.origins import hosting
from tests.browser.watched import Watched
from tests.clients.project import NODE
from tests.programs import need
from tests.server import Server, serving

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# The browser runs as any user, also in a container, and connects only to the servers of the test.
ARGUMENTS = """
    --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync
""".split()
PATIENCE = 30_000  # Milliseconds, on a machine that is busy with other tests.


@pytest.fixture(scope="package", autouse=True)
def executable() -> str:
    return need(*NAMES)


@pytest.fixture(scope="package", autouse=True)
def node() -> Iterator[None]:
    """Node.js for Playwright. Its bundled one needs a library that a minimal system lacks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYWRIGHT_NODEJS_PATH", str(NODE))
        yield


# These end with the package and not with the session. While Playwright runs, Django assumes that every query runs
# inside an event loop, and refuses it.
@pytest.fixture(scope="package")
def browser(executable: str, node: None) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def origins() -> Iterator[dict[str, str]]:
    """The small application on three origins. They are two sites, one of them with a configured and an unknown port."""
    with hosting() as known, hosting() as unknown:
        yield {
            "same site": f"http://localhost:{known}",
            "another site": f"http://127.0.0.1:{known}",
            "same site, unknown": f"http://localhost:{unknown}",
            "another site, unknown": f"http://127.0.0.1:{unknown}",
        }


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, origins: dict[str, str]) -> Iterator[Server]:
    configured = {
        "CORS_ALLOWED_ORIGINS": f"{origins['same site']},{origins['another site']}",
        "CSRF_TRUSTED_ORIGINS": origins["same site"],
    }
    with serving(tmp_path_factory.mktemp("browsed"), **configured) as server:
        yield server


@pytest.fixture(scope="package")
def url(server: Server) -> str:
    """The server by a host name, since a browser separates its cookies from those of an IP address."""
    return f"http://localhost:{server.port}"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a new browser context, without cookies."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture
def watched(page: Page) -> Iterator[Watched]:
    """Errors in the page that its user does not see; none may occur."""
    watched = Watched(page)
    yield watched
    assert watched.complaints == []
    assert len(watched.hosts) == 1


@pytest.fixture(scope="package")
def ada(server: Server) -> dict[str, str]:
    """The user of the documentation's examples: the body with which she signed up."""
    example: dict[str, str] = example_of("SignUpRequest")
    assert server.send("POST", "/api/v1/users", example).status == HTTPStatus.CREATED
    return example


@pytest.fixture(scope="package")
def as_ada(server: Server, ada: dict[str, str]) -> dict[str, str]:
    """The Authorization header of ada."""
    known = {name: ada[name] for name in ("username", "password")}
    login = server.send("POST", "/api/auth/app/v1/auth/login", known)
    return {"Authorization": f"Bearer {login.body['meta']['access_token']}"}
