"""The examples of the pages for front-end and mobile developers compile and work as described."""

from tests.clients.pages import write_blocks
from tests.clients.project import DOCUMENT, Project


def _build(project: Project, page: str, program: str, api: str) -> None:
    """Compile the page's blocks and the program that uses them, as strictly as the template of Vite."""
    write_blocks(project, page, api)
    project.add(program, "browser.ts")
    project.run("openapi-typescript", DOCUMENT, "--output", "schema.ts")
    project.run("tsc", "--erasableSyntaxOnly", "--verbatimModuleSyntax")


def test_the_examples_for_mobile_developers_work(node_project: Project, api: str) -> None:
    _build(node_project, "mobile.md", "mobile.ts", api)
    assert node_project.report("node", "mobile.js", api, "mobile") == {
        "together": [200] * 5,
        "refreshes": ["POST /api/auth/app/v1/tokens/refresh 200"],
        "late": [200, 200, 1],
        "unrefreshed": ["failed", "failed"],
        "askedAgain": 200,
        "read": ["Read in a tunnel"] * 3,
        "readBy": [f"GET /api/v1/posts/read-in-a-tunnel {status}" for status in (200, 304)],
        "written": ["failed", 201, 422, 1],
        "waited": [201, 412, "2026-01-31T09:30:00.000000Z"],
        "edited": ["failed", 200, 412],
        "gone": [None, 0],
        "renewed": True,
        "login": 401,
        "signedOut": [401, {}],
    }


def test_the_examples_for_front_end_developers_work(node_project: Project, api: str) -> None:
    _build(node_project, "front-end.md", "front_end.ts", api)
    assert node_project.report("node", "front_end.js", api, "front-end") == {
        "before": None,
        "wrong": {"password": "Wrong username or password."},
        "signedIn": "front-end",
        "listed": [f"Post {number}" for number in reversed(range(25))],
        "table": [25, ["slug", "title"]],
        "weak": {
            "password": "This password is too short. It must contain at least 10 characters. "
            "This password is too common. This password is entirely numeric."
        },
        "faults": {
            "title": "This field may not be blank.",
            "tags": "Use at least one letter or digit.",
            "": "titel: Unknown name. Did you mean “title”?",
        },
        "wasCreatedTwice": False,
        "inProgress": [409, 409, 200],
        "taken": [409],
        "all": True,
        "saved": "Mine",
        "stale": None,
        "savedAgain": ["Mine", "Mine."],
        "shown": [
            {
                "title": "Mine",
                "html": '<p>See <a href="https://a.example" rel="nofollow noopener">https://a.example</a>.</p>\n',
            },
            None,
        ],
        "newest": [20, "Mine", True],
        "after": None,
    }
