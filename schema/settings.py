"""The settings of drf-spectacular."""

from pathlib import Path
from typing import Any

from api_project import __version__

TITLE = "Posts and Users API"
CSRF_HEADER = "X-CSRFToken"
# The address of `make serve`. A served document has the address that the client used instead.
SERVER = "http://127.0.0.1:8000"

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "OAS_VERSION": "3.1.1",
    "TITLE": TITLE,
    "VERSION": __version__,
    "DESCRIPTION": (Path(__file__).parent / "description.md").read_text(encoding="utf-8"),
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SERVERS": [{"url": SERVER, "description": "This server"}],
    "TAGS": [
        {"name": "Posts", "description": "Drafts, scheduled and published posts."},
        {"name": "Comments", "description": "Comments on posts, for every caller who may see the post."},
        {"name": "Tags", "description": "The tags of published posts."},
        {"name": "Feeds", "description": "The newest published posts for feed readers."},
        {"name": "Users", "description": "Public profiles, private accounts, and signing up."},
        {"name": "Tokens", "description": "Personal access tokens, for scripts and integrations."},
        {"name": "Revisions", "description": "The earlier versions of posts."},
        {"name": "Trash", "description": "Deleted posts and comments, until they expire."},
        {"name": "Changes", "description": "What changed, for apps that hold a copy."},
        {"name": "Batch", "description": "Several writes in one request."},
        {
            "name": "Auth-app",  # Generated clients name a module after it; pages for people show `x-displayName`.
            "x-displayName": "Sign-in (apps)",
            "description": "Signing in with tokens, for programs that store them.",
        },
        {
            "name": "Auth-browser",
            "x-displayName": "Sign-in (web pages)",
            "description": "Signing in with a session cookie, for pages of a trusted origin.",
        },
        {"name": "Meta", "description": "About this API and this server."},
    ],
    "DEFAULT_GENERATOR_CLASS": "schema.generator.SchemaGenerator",
    "PREPROCESSING_HOOKS": ["schema.hooks.sort_by_route"],
    "SORT_OPERATIONS": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "schema.allauth_spec.add_auth_bodies",
        "schema.changes.describe_changes",
        "schema.hooks.apply_overlay",
        "schema.hooks.add_created_links",
        "schema.hooks.declare_tags",
        "schema.changes.inline_nullable_objects",
        "schema.hooks.define_components",
        "schema.changes.list_types",
        "schema.examples.show_examples",
    ],
    "SCHEMA_PATH_PREFIX": r"/api(/v[0-9]+)?",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_SUFFIX": "",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SORT_OPERATION_PARAMETERS": False,
}
