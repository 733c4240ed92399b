"""Swagger UI, with the actions of its user."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect


@dataclass(frozen=True)
class Shown:
    """A response as the page shows it."""

    status: int
    body: Any


class Swagger:
    def __init__(self, page: Page, url: str, place: str = "") -> None:
        self.page = page
        page.goto(f"{url}/api/docs{place}")
        expect(page.locator(".opblock")).not_to_have_count(0)

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
        """Press "Try it out" and "Execute", with the body and the parameters given or else with the examples."""
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

    def authorize(self, scheme: str, value: str) -> None:
        """Enter a token in the dialog."""
        self.page.get_by_role("button", name="Authorize").first.click()
        dialog = self.page.locator(".auth-container").filter(has_text=scheme)
        dialog.locator("input").fill(value)
        dialog.get_by_role("button", name="Apply").click()
        self.page.get_by_role("button", name="Close").first.click()
