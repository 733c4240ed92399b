"""Apps that are built as a page in docs/ says."""

from pathlib import Path

from tests.clients.pages import blocks
from tests.clients.project import DOCUMENT, make_node_project

# The parts of Vite's template that the pages use.
TEMPLATE = {
    "index.html": """<!doctype html>
<html lang="en">
  <link rel="icon" href="data:,">
  <title>App</title>
  <div id="root"></div>
  <script type="module" src="/src/main.tsx"></script>
</html>
""",
    "src/main.tsx": """import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import App from "./App.js";

createRoot(document.getElementById("root")!).render(<StrictMode><App /></StrictMode>);
""",
}


def build_app(directory: Path, page: str, api: str) -> Path:
    """The folder with the app, built for production from the files of the page, for the API at this address."""
    project = make_node_project(directory)
    project.add("tsconfig.app.json")
    (directory / "src").mkdir()
    for name, content in TEMPLATE.items():
        (directory / name).write_text(content)
    (directory / ".env").write_text(f"VITE_API={api}\n")
    for name, content in blocks(page).items():
        (directory / "src" / name).write_text(content)
    project.run("openapi-typescript", DOCUMENT, "--output", "src/schema.ts")
    project.run("tsc", "--project", "tsconfig.app.json")
    project.run("vite", "build", "--logLevel", "error")
    return directory / "dist"
