"""Swagger UI, as a reader uses it."""

import json
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect


@dataclass(frozen=True)
class Shown:
    """An answer, read off the page."""

    status: int
    body: Any


class Swagger:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(f"{url}/api/docs")
        expect(page.locator(".opblock-tag-section")).not_to_have_count(0)

    def operation(self, tag: str, operation_id: str) -> Locator:
        """Unfolded, and its group with it."""
        group = self.page.locator(f"#operations-tag-{tag}")
        if group.get_attribute("data-is-open") == "false":
            group.click()
        block = self.page.locator(f"#operations-{tag}-{operation_id}")
        if "is-open" not in (block.get_attribute("class") or ""):
            block.locator(".opblock-summary-control").click()
        return block

    def execute(self, tag: str, operation_id: str, body: Any = None, **parameters: str) -> Shown:
        """Try it out: as it stands, but for the body and the parameters given."""
        block = self.operation(tag, operation_id)
        if body is not None:
            block.locator(".body-param__text").fill(json.dumps(body))
        for name, value in parameters.items():
            block.locator(f'tr[data-param-name="{name}"] input').fill(value)
        with self.page.expect_response(lambda response: response.request.resource_type == "fetch") as answered:
            block.get_by_role("button", name="Execute").click()
        answer = block.locator(".live-responses-table .response")
        expect(answer.locator(".response-col_status")).to_contain_text(str(answered.value.status))
        text = answer.locator(".highlight-code code")
        return Shown(answered.value.status, json.loads(text.inner_text()) if text.count() else None)

    def authorize(self, scheme: str, value: str) -> None:
        """By the dialog."""
        self.page.get_by_role("button", name="Authorize").first.click()
        dialog = self.page.locator(".auth-container").filter(has_text=scheme)
        dialog.locator("input").fill(value)
        dialog.get_by_role("button", name="Apply credentials").click()
        self.page.get_by_role("button", name="Close").click()
