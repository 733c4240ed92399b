"""Other origins: the small application in `app/`, served on separate ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Locator, Page, expect

DIRECTORY = Path(__file__).with_name("app")


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """Log nothing."""


@contextmanager
def hosting(directory: Path = DIRECTORY) -> Iterator[int]:
    """The port on which the application in the directory is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=directory)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def press(place: Page | Locator, button: str) -> None:
    place.get_by_role("button", name=button, exact=True).click()


class Application:
    """The application in a page, with the actions of its user."""

    def __init__(self, page: Page, origin: str, *, api: str, client: str) -> None:
        self.page = page
        self.output = page.locator("output")
        page.goto(f"{origin}/?api={api}&client={client}")

    def sign_in(self, account: dict[str, str]) -> None:
        self.page.get_by_label("Username").fill(account["username"])
        self.page.get_by_label("Password").fill(account["password"])
        self.press("Sign in")

    def save(self, title: str, body: str = "Any") -> None:
        self.page.get_by_label("Title").fill(title)
        self.page.get_by_label("Body").fill(body)
        self.press("Save")

    def press(self, button: str) -> None:
        press(self.page, button)

    def shows(self, text: str) -> None:
        expect(self.output).to_have_text(text)
