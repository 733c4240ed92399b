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


def blocks(page: str) -> dict[str, str]:
    """The page's files by name."""
    return dict(BLOCK.findall(read(page)))


def write_blocks(project: Project, page: str, api: str) -> None:
    """Write the page's files for Node.js, which are those without markup, with the address of another server."""
    for name, code in blocks(page).items():
        if name.endswith(".ts"):
            addressed = re.sub(r"http://(127\.0\.0\.1|localhost):8000", api, code)
            (project.directory / name).write_text(addressed.replace("import.meta.env", "process.env"))  # Vite's name.
