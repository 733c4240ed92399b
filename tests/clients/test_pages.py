"""The examples of the pages for front-end and mobile developers compile and work as described."""

import re

from tests.clients.project import DOCUMENT, ROOT, Project

# A block belongs to the last file that is mentioned before it.
BLOCK = re.compile(r"`(\w+\.ts)`(?:(?!```|`\w+\.ts`).)*\n\n```ts\n(.*?)```", re.DOTALL)


def _build(project: Project, page: str, program: str, api: str) -> None:
    """Compile the page's blocks and the program that uses them, for another server than on the page."""
    for name, code in BLOCK.findall((ROOT / "docs" / page).read_text()):
        (project.directory / name).write_text(re.sub(r"http://(127\.0\.0\.1|localhost):8000", api, code))
    project.add(program)
    project.run("openapi-typescript", DOCUMENT, "--output", "schema.ts")
    project.run("tsc")


def test_the_examples_for_mobile_developers_work(node_project: Project, api: str) -> None:
    _build(node_project, "mobile.md", "mobile.ts", api)
    assert node_project.report("node", "mobile.js", api, "mobile") == {
        "together": [200] * 5,
        "refreshes": ["POST /api/auth/app/v1/tokens/refresh 200"],
        "late": [200, 200, 1],
        "unrefreshed": ["failed", "failed"],
        "askedAgain": 200,
        "flushed": ["failed", "failed", 2, 0],
        "waited": True,
        "refused": ["invalid"],
        "posts": ["Written in a tunnel"],
        "read": ["Written in a tunnel"] * 3,
        "readBy": [f"GET /api/v1/posts/written-in-a-tunnel {status}" for status in (200, 304)],
        "conflicts": ["precondition_failed"],
        "edited": [["Mine.", "Darker."], ["Mine.", "Twilight."]],
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
        "faults": {"title": "This field may not be blank.", "tags": "A slug needs a letter or a digit."},
        "all": True,
        "refused": [
            {"title": "This field may not be blank.", "tags": "A slug needs a letter or a digit."},
            "Some of the input is invalid. Correct what `errors` lists and send the request again.",
        ],
        "saved": "Mine",
        "stale": None,
        "savedAgain": ["Mine", "Mine."],
        "after": None,
    }
