"""The TypeScript of the pages in docs/, as files of a project."""

import re

from tests.clients.project import ROOT, Project

# A block belongs to the last file that is mentioned before it.
BLOCK = re.compile(r"`(\w+\.tsx?)`(?:(?!```|`\w+\.tsx?`).)*\n\n```tsx?\n(.*?)```", re.DOTALL)


PAGES = {f"docs/{name}.md" for name in ("front-end", "mobile", "react-admin", "sync", "sync-rxdb", "sync-watermelondb")}


def html_block(page: str, name: str) -> str:
    """The HTML file that a page shows."""
    found = re.search(rf"`{re.escape(name)}`.*?```html\n(.*?)```", read(page), re.DOTALL)
    assert found
    return found[1]


def web_page(page: str) -> dict[str, str]:
    """The HTML and the scripts of a page, as files by name."""
    found = re.findall(r"`([\w-]+\.(?:html|js))`(?:(?!```).)*\n\n```(?:html|js)\n(.*?)```", read(page), re.DOTALL)
    return dict(found)


def read(page: str) -> str:
    return (ROOT / "docs" / page).read_text()


def blocks(page: str, api: str) -> dict[str, str]:
    """The page's files by name, with the address of another server than on the page."""
    found = BLOCK.findall(read(page))
    return {name: re.sub(r"http://(127\.0\.0\.1|localhost):8000", api, code) for name, code in found}


def write_blocks(project: Project, page: str, api: str) -> None:
    """Write the page's files for Node.js, which are those without markup."""
    for name, code in blocks(page, api).items():
        if name.endswith(".ts"):
            (project.directory / name).write_text(code)
