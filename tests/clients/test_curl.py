"""The requests with curl on the pages for clients get the responses that the pages show."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import processes
from tests.clients.responses import differences
from tests.programs import need
from tests.server import ROOT, Server, serving

# A block of commands, and the response after it, if the page shows one.
BLOCK = re.compile(r"```sh\n(.*?)```(?:\n\n```(?:http|json)\n(.*?)```)?", re.DOTALL)
# The pages, and the least number of responses that each shows.
PAGES = {"README.md": 1, "docs/start.md": 8, "docs/clients.md": 30}
# The limits of a new server; in a test run, others have none.
LIMITS = {"RATE_LIMIT_ANON": "120/min", "RATE_LIMIT_USER": "600/min"}


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Server]:
    """A server with the demo content, as after `make serve`."""
    with serving(tmp_path, application="tests.clients.new_server:load", DEBUG="true", **LIMITS) as server:
        processes.run("manage.py", "demo", "--if-empty", environment=server.variables, check=True)
        yield server


def requests_and_responses(text: str) -> list[tuple[str, str]]:
    """The blocks of a page that this test runs, each with the response after it, or an empty text."""
    return [(commands, shown) for commands, shown in BLOCK.findall(text) if "make " not in commands]


def outputs(commands: list[str], directory: Path) -> list[str]:
    """What each of the blocks writes. They run one after the other, in one shell."""
    for number, text in enumerate(commands):
        (directory / f"{number}.sh").write_text(text)
    shell = "\n".join(f". ./{number}.sh > {number}.out" for number in range(len(commands)))
    subprocess.run([need("bash"), "-c", shell], cwd=directory, check=True, capture_output=True)
    return [(directory / f"{number}.out").read_bytes().decode() for number in range(len(commands))]


@pytest.mark.parametrize(("page", "responses"), PAGES.items())
def test_the_requests_of_a_page_get_its_responses(
    page: str, responses: int, new_server: Server, tmp_path: Path
) -> None:
    need("curl")
    blocks = requests_and_responses((ROOT / page).read_text().replace("http://127.0.0.1:8000", new_server.url))
    written = outputs([commands for commands, _shown in blocks], tmp_path)
    found = [
        (commands, differences(shown, real)) for (commands, shown), real in zip(blocks, written, strict=True) if shown
    ]

    assert len(found) >= responses
    assert [(commands, wrong) for commands, wrong in found if wrong] == []
