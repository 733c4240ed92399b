"""The TypeScript of the pages in docs/, as files of a project."""

import re

from tests.clients.project import ROOT, Project

# A block belongs to the last file that is mentioned before it.
BLOCK = re.compile(r"`(\w+\.ts)`(?:(?!```|`\w+\.ts`).)*\n\n```ts\n(.*?)```", re.DOTALL)


PAGES = {f"docs/{name}.md" for name in ("front-end", "mobile", "sync", "sync-rxdb", "sync-watermelondb")}


def html_block(page: str, name: str) -> str:
    """The HTML file that a page shows."""
    found = re.search(rf"`{re.escape(name)}`.*?```html\n(.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL)
    assert found
    return found[1]


def write_blocks(project: Project, page: str, api: str) -> None:
    """Write the page's blocks into their files, with the address of another server than on the page."""
    for name, code in BLOCK.findall((ROOT / "docs" / page).read_text()):
        (project.directory / name).write_text(re.sub(r"http://(127\.0\.0\.1|localhost):8000", api, code))
