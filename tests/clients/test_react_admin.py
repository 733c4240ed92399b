"""React-admin's providers on their page work with the API."""

from tests.clients.pages import write_blocks
from tests.clients.project import Project


def test_the_providers_sign_in_list_read_and_write(node_project: Project, api: str) -> None:
    write_blocks(node_project, "react-admin.md", api)
    node_project.add("browser.ts", "react_admin.ts")
    node_project.run("tsc")
    assert node_project.report("node", "react_admin.js", api, "react-admin") == {
        "auth": [201, 401, None, "Wrong username or password.", "react-admin", "member", [True, False, False]],
        "created": ["One", "Three", "Two"],
        "list": [[["Two", "Three"], 3], [["One"], 3]],
        "past": 0,
        "one": "One",
        "many": ["One", "Three"],
        "references": [["Two", "Three"], 3],
        "newest_user": "react-admin",
        "updated": ["Uno", True],
        "stale": [412, 412],
        "refused": [
            400,
            {"title": "This field may not be blank.", "tags": "Use at least one letter or digit."},
            "Some of the input is invalid. Correct what `errors` lists and send the request again.",
        ],
        "refused_at_all": [400, {"root": {"serverError": "Send a JSON object."}}],
        "both": ["Both.", "Both."],
        "exported": [120, 120, 120],
        "comments": ["A comment."],
        "left": 0,
        "gone": [404, "not_found"],
        "ended": [401, "Sign in again."],
    }
