"""Every link of a page leads to a file and to a heading that exist, and every page can be reached."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "benchmarks" / "README.md", ROOT / "deploy" / "README.md"]
)
LINK = re.compile(r"!?\[[^\]]*\]\((?!https?://|mailto:)([^)\s]+)\)")
CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
# Paths to pages in comments, docstrings and settings.
MENTION = re.compile(r"\bdocs/[\w./-]+\.(?:md|json|svg)\b(?:#[\w-]+)?")
SOURCES = ("api_project", "benchmarks", "deploy", "posts", "schema", "tests", "users")


def prose(page: Path) -> str:
    return CODE.sub("", page.read_text())


def headings(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them of its headings."""
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    return not found.exists() or bool(anchor and found.suffix == ".md" and anchor not in headings(found))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_of_a_page_lead_to_files_and_headings(page: Path) -> None:
    assert [target for target in LINK.findall(prose(page)) if broken(page, target)] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    known, new = set(), {ROOT / "README.md"}
    while new:
        page = new.pop()
        known.add(page)
        targets = {(page.parent / target.partition("#")[0]).resolve() for target in LINK.findall(prose(page))}
        files = {target for target in targets if target.suffix == ".md"}
        folders = {each for target in targets if target.is_dir() for each in target.glob("*.md")}
        new |= (files | folders) - known
    assert set(PAGES) - known == set()


def test_every_page_that_the_code_names_exists() -> None:
    suffixes = {".py", ".md", ".yaml", ".yml", ".template", ".service", ".timer", ".cfg", ".sh", ".toml", ".html"}
    files = [path for folder in SOURCES for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    files += [ROOT / "Makefile", ROOT / ".env.example", ROOT / "pyproject.toml", *ROOT.glob("*.md")]
    own = Path(__file__)
    named = {(path, name) for path in files if path != own for name in MENTION.findall(path.read_text())}
    assert {(str(path.relative_to(ROOT)), name) for path, name in named if broken(ROOT / "README.md", name)} == set()
