"""A browser on the production server: Debian's Chromium, or any that is installed under one of its names."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.watched import Watched
from tests.server import Server, serving

NAMES = ("chromium", "chromium-browser", "google-chrome")
# It runs as any user, in a container too, and asks nobody but the servers of the test.
ARGUMENTS = """
    --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync
""".split()
PATIENCE = 3_000  # Milliseconds, on a machine that is busy with other tests.


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What a browser sees of the answers is the same on either database."""
    return True if config.getoption("engine") != "sqlite" else None


# These end with the package and not with the session: as long as Playwright runs, Django takes every query of other
# tests for one from within an event loop, and refuses it.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser is installed: none of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("browsed")) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser of its own, without cookies."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture
def watched(page: Page) -> Iterator[Watched]:
    """What goes wrong in the page, unseen by its reader; nothing may."""
    watched = Watched(page)
    yield watched
    assert watched.complaints == []
    assert len(watched.hosts) == 1
