"""Each way to sync that the pages show leads two devices to what the server has."""

from typing import Any

import pytest

from tests.clients.pages import write_blocks
from tests.clients.project import Project, make_node_project

REFUSED = [["a", "invalid", " "], ["a", "parse_error", "Half an emoji"]]
# In plain code and with RxDB, the first edit of a field that arrives stays. The device undoes what the server refuses.
FIRST_STAYS = {
    "contested": "Edited by A",
    "undone": True,
    "lost": [*REFUSED, ["b", "conflict", "Edited by B"], ["b", "conflict", "Edited too late"]],
}
LAST_STAYS = {"contested": "Edited by B", "undone": False, "lost": REFUSED}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, api: str) -> Project:
    """The code of the pages, compiled, and the programs that use it."""
    made = make_node_project(tmp_path_factory.mktemp("sync"))
    for page in ("sync.md", "sync-rxdb.md", "sync-watermelondb.md"):
        write_blocks(made, page, api)
    made.add("network.ts", "sync_devices.ts", "sync_story.ts", "sync_plain.ts", "sync_rxdb.ts", "sync_watermelon.ts")
    made.run("tsc", "--erasableSyntaxOnly")  # As the template of Vite demands.
    return made


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        pytest.param("plain", FIRST_STAYS, id="plain-code"),
        pytest.param("rxdb", {**FIRST_STAYS, "live": True, "together": False}, id="RxDB"),
        pytest.param("watermelon", LAST_STAYS, id="WatermelonDB"),
    ],
)
def test_two_devices_with_conflicts_and_broken_connections_end_with_what_the_server_has(
    project: Project, api: str, way: str, expected: dict[str, Any]
) -> None:
    assert project.report("node", f"sync_{way}.js", api, f"sync-{way}") == {
        "merged": ["Merged title", "Merged excerpt"],
        "commentEdited": "First, edited.",
        "deleted": ["not_found", "not_found"],
        "created": ["Made by A", "Made by B"],
        "commented": "On a new post.",
        "together": True,
        "agreed": ["Agreed", "By A"],
        "editedAgain": "Third edit",
        "kept": ["Not lost.", "Not lost"],
        "operations": 106,
        "fitting": True,
        "valid": "Valid",
        "differences": [],
        "faults": [3, 3],
        "replayed": 3,
        **expected,
    }
