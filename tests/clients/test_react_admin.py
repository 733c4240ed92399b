"""React-admin's data provider for Django REST Framework works with the API as it is."""

from tests.clients.project import Project


def test_the_data_provider_lists_reads_and_writes(node_project: Project, api: str) -> None:
    node_project.add("react_admin.mjs")
    assert node_project.report("node", "react_admin.mjs", api, "react-admin") == {
        "created": ["One", "Three", "Two"],
        "list": [[["Two", "Three"], 3], [["One"], 3]],
        "one": "One",
        "many": ["One", "Three"],
        "references": [["Two", "Three"], 3],
        "newest_user": "react-admin",
        "updated": ["Uno", True],
        "refused": [400, [["#/title", "blank"]]],
        "both": ["Both.", "Both."],
        "left": 0,
        "gone": [404, "Not Found", "not_found"],
    }
