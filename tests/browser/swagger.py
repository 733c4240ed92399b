"""Swagger UI, with the actions of its user."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

# The method, path and summary of each operation.
HEADINGS = """() => Object.fromEntries(
    [...document.querySelectorAll(".opblock")].map((each) => [
        each.id, each.querySelector(".opblock-summary-control").innerText.replaceAll("\u200b", ""),
    ]),
)"""


@dataclass(frozen=True)
class Shown:
    """A response as the page shows it."""

    status: int
    body: Any


class Swagger:
    def __init__(self, page: Page, url: str, place: str = "") -> None:
        self.page, self.url = page, url
        page.goto(f"{url}/api/docs{place}")
        expect(page.locator(".opblock")).not_to_have_count(0)
        self._headings: dict[str, str] = page.evaluate(HEADINGS)

    def group(self, tag: str) -> Locator:
        return self.page.locator(f"#operations-tag-{tag}")

    @contextmanager
    def unfolded(self, tag: str, operation_id: str) -> Iterator[Locator]:
        """The block of an operation, unfolded.

        It is folded again afterwards: the page is slow with many unfolded blocks.
        """
        if self.group(tag).get_attribute("data-is-open") == "false":
            self.group(tag).click()
        block = self.page.locator(f"#operations-{tag}-{operation_id}")
        heading = block.locator(".opblock-summary-control")
        heading.click()
        yield block
        heading.click()

    def execute(self, tag: str, operation_id: str, body: Any = None, **parameters: str) -> Shown:
        """Press "Execute", with the body and the parameters given or else with the examples.

        It searches for the operation, because each step takes the page long while it shows all operations.
        """
        self.search(self._headings[f"operations-{tag}-{operation_id}"])
        with self.unfolded(tag, operation_id) as block:
            if body is not None:
                block.locator(".body-param__text").fill(json.dumps(body))
            for name, value in parameters.items():
                block.locator(f'tr[data-param-name="{name}"] input').fill(value)
            block.get_by_role("button", name="Execute").click()
            response = block.locator(".live-responses-table .response")
            status = int(response.locator(".response-col_status").inner_text().split()[0])
            content = response.locator(".highlight-code code")
            shown = Shown(status, json.loads(content.inner_text()) if content.count() else None)
            # Otherwise the old response could be taken for the next one.
            block.get_by_role("button", name="Clear").click()
            return shown

    def open_sign_in(self) -> Locator:
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        return self.page.get_by_role("dialog", name="Sign in")

    def sign_in(self, username: str, password: str) -> None:
        dialog = self.open_sign_in()
        dialog.get_by_label("Username or e-mail").fill(username)
        dialog.get_by_label("Password").fill(password)
        dialog.get_by_role("button", name="Sign in").click()

    def use_token(self, token: str) -> None:
        dialog = self.open_sign_in()
        dialog.get_by_text("Use a token instead").click()
        dialog.get_by_label("Access token").fill(token)
        dialog.get_by_role("button", name="Use this token").click()

    def leave(self, button: str) -> None:
        """Press the button to sign out, or to forget the token."""
        self.page.get_by_role("button", name=button, exact=True).click()

    def shows_caller(self, sentence: str) -> None:
        expect(self.page.locator(".auth-wrapper").get_by_role("status")).to_have_text(sentence)

    def search(self, text: str) -> Locator:
        """The summaries of the operations that the search finds."""
        self.page.get_by_role("searchbox").fill(text)
        return self.page.locator(".opblock-summary-description")
