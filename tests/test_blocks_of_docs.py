"""A test runs every block of every page, or the page says why none does. Commands that no test runs exist, at least."""

import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests import test_adding_a_resource as how_to
from tests.clients import pages, test_curl
from tests.deploy import test_backup
from tests.metrics import test_monitoring_files
from tests.test_links_of_docs import PAGES, ROOT

FENCE = re.compile(r"((?:<!-- not run: .+ -->\n)?)^( *)```(\w*)\n(.*?)^\2```$", re.DOTALL | re.MULTILINE)
WHOLE_PAGE = re.compile(r"<!-- not run on this page: .+ -->")
PATH = re.compile(r"(?<![\w/.-])(?:api_project|benchmarks|deploy|docs|posts|schema|tests|users)/[\w./-]+")
TARGETS = re.findall(r"^([\w%-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
CREATED = re.compile(r"benchmarks/\.venv|deploy/(api\.env|certificates|acme)$")  # By the commands of a page.


def run_by_a_test(page: Path) -> set[str]:
    """The blocks of a page that a test extracts and runs."""
    text, name = page.read_text(), str(page.relative_to(ROOT))
    run: set[str] = set()
    if name in test_curl.PAGES:
        run |= {block for pair in test_curl.requests_and_responses(text) for block in pair}
    if name in pages.PAGES:
        run |= {code for _file, code in pages.BLOCK.findall(text)}
    if name == "docs/plain-forms.md":
        run.add(pages.html_block("plain-forms.md", "write.html"))
    if name == "docs/sign-in-with-others.md":
        run |= {*pages.web_page("sign-in-with-others.md").values()}
    if page == how_to.PAGE:
        run |= {*how_to.modules().values(), *how_to.examples()}
    if name == "docs/backups.md":
        run |= set(test_backup.RUN)
    if name == "docs/monitoring.md":
        run |= set(test_monitoring_files.RUN)
    if name == "docs/deploying.md":
        run.add(test_backup.CREATE)
    return run


def blocks_that_no_test_runs() -> Iterator[tuple[Path, str, str, bool]]:
    for page in PAGES:
        text = page.read_text()
        run, is_marked = run_by_a_test(page), bool(WHOLE_PAGE.search(text))
        for mark, _indent, language, code in FENCE.findall(text):
            if code not in run:
                yield page, language, code, bool(mark) or is_marked


NOT_RUN = list(blocks_that_no_test_runs())
COMMANDS = [
    pytest.param(line, id=f"{page.parent.name}/{page.name} {block}.{number}: {line[:60]}")
    for block, (page, language, code, _is_marked) in enumerate(NOT_RUN)
    if language == "sh"
    for number, line in enumerate(code.replace("\\\n", "").splitlines())
    if line.strip()
]


def test_each_block_is_run_by_a_test_or_says_why_it_is_not() -> None:
    unmarked = [(str(page.relative_to(ROOT)), code) for page, _language, code, is_marked in NOT_RUN if not is_marked]
    assert unmarked == []


def test_most_blocks_are_run() -> None:
    total = sum(len(FENCE.findall(page.read_text())) for page in PAGES)
    assert total - len(NOT_RUN) > 2 * len(NOT_RUN)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_that_no_test_runs_names_what_exists(line: str) -> None:
    words = shlex.split(line.replace("$(", "( ").replace("…", "x"), comments=True) if line.count("'") % 2 == 0 else []
    if "manage.py" in words[:-1]:
        check_management_command(words[words.index("manage.py") + 1 :])
    for module in re.findall(r"python3? -m ([\w.]+)", line):
        assert find_spec(module), module
    for target in re.findall(r"(?:^|[;&|] ?)make ([a-z-]+)", line):
        assert any(re.fullmatch(each.replace("%", r"[\w-]+"), target) for each in TARGETS), target
    for path in PATH.findall(line):
        assert CREATED.match(path) or (ROOT / path.partition("::")[0]).exists(), path


def check_management_command(words: list[str]) -> None:
    """The command exists, and takes these arguments."""
    name, *arguments = words
    end = next((i for i, word in enumerate(arguments) if re.match(r"[|&;<>)]", word)), len(arguments))
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    parser.parse_args([argument.rstrip(")") for argument in arguments[:end]])
