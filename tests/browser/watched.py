"""Messages and requests of a page that its user does not see."""

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Error, Page, Request

# The browser logs every problem response that it receives; some tests provoke one.
_PROBLEM_RESPONSE = "Failed to load resource: the server responded with a status of 4"
# Swagger UI takes the underscores in operation names for escaped blanks, and still finds the operation.
_LINKED_BY_NAME = "Deprecated: escaping deep link whitespace with `_`"


class Watched:
    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []  # Messages of scripts, and of the browser about violations of the policy.
        self.hosts: set[str] = set()  # Hosts to which the page sends requests.
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        is_api = "/api/" in message.location["url"]
        is_problem = is_api and message.text.startswith(_PROBLEM_RESPONSE)
        expected = is_problem or message.text.startswith(_LINKED_BY_NAME)
        if message.type == "error" and not expected:
            self.complaints.append(message.text)

    def _on_error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"}:
            self.hosts.add(address.netloc)
