"""The bodies of the auth API, taken from allauth's own specification."""

import re
from functools import cache
from importlib import resources
from typing import Any

from schema.authentication import BEARER, COOKIE, CSRF, SECURITY_SCHEMES, SESSION_TOKEN
from schema.components import (
    EVERYWHERE,
    Schema,
    extended,
    extensions,
    headers,
    load_yaml,
    merge_patch,
    nullable,
    problem_responses,
    read_yaml,
    ref,
)

PREFIX = "/api/auth"
_OWN_FAILURES = {"400": "AuthBadRequest", "401": "AuthUnauthorized"}
# The key in the mail is enough, and a session that is waiting for the confirmation continues. A provider's token signs
# in without a session, and connects with one. The options for a passkey begin a session.
_OPTIONAL = ("email_verify_create", "provider_token", "webauthn_login_retrieve")
_SESSION_IS_OPTIONAL = frozenset(f"auth_{client}_{name}" for client in ("app", "browser") for name in _OPTIONAL)
_PROVIDER = re.compile(r"(?<=/provider/callback/)\w+$")
_CLIENT, _SESSION = ref("parameters", "AuthClient"), ref("parameters", "AuthSessionToken")


def add_auth_bodies(result: Schema, **_context: Any) -> Schema:
    """Add to each operation of the auth API that we route what allauth's document says about it."""
    spec = allauth_spec()
    for path, item in result["paths"].items():
        if path.startswith(f"{PREFIX}/"):
            client = path.split("/")[3]
            described = _find(spec["paths"], path, client)
            for method, own in item.items():
                item[method] = _merged(own, described[method], client, writes=method != "get")
    return {**result, "components": merge_patch(result["components"], spec["components"])}


@cache
def allauth_spec() -> Schema:
    """allauth's document as OpenAPI 3.1, corrected, with component names that do not clash with ours."""
    source = resources.files("allauth.headless.spec") / "doc" / "openapi.yaml"
    spec = load_yaml(source.read_text(encoding="utf-8"))
    corrected = merge_patch(spec["components"], read_yaml("overlay.yaml")["allauth"])
    for extension in extensions():
        corrected = extended(corrected, extension["components"])
        spec["paths"] |= extension["paths"]
    components = {
        kind: {_name(name): _converted(component) for name, component in named.items()}
        for kind, named in corrected.items()
    }
    _name_bodies(components)
    for response in components["responses"].values():
        response["headers"] = response.get("headers", {}) | headers(*EVERYWHERE)
    return {"paths": _converted(spec["paths"]), "components": {**components, "securitySchemes": SECURITY_SCHEMES}}


def _find(paths: Schema, path: str, client: str) -> Schema:
    tail = _PROVIDER.sub("{provider}", path.removeprefix(f"{PREFIX}/{client}"))
    found = paths.get(f"/_allauth/{client}{tail}") or paths[f"/_allauth/{{client}}{tail}"]
    corrected: Schema = merge_patch(found, read_yaml("overlay.yaml")["allauth_paths"].get(tail, {}))
    return corrected


def _name_bodies(components: Schema) -> None:
    """Name the inline schema of each body. Generators number the types of unnamed schemas."""
    for kind, suffix in (("requestBodies", "Request"), ("responses", "Response")):
        for name, body in components[kind].items():
            for content in body.get("content", {}).values():
                if "$ref" not in content["schema"]:
                    components["schemas"][f"{name}{suffix}"] = content["schema"]
                    content["schema"] = ref("schemas", f"{name}{suffix}")


def _inline(node: Schema) -> Schema:
    """The request body or the response that a reference points to.

    allauth gives many of them the name of a schema. From two components of one name, generators would make two types
    of one name.
    """
    kind, _, name = node.get("$ref", "").removeprefix("#/components/").partition("/")
    return dict(allauth_spec()["components"][kind][name]) if name else node


def _request_body(described: Schema) -> Schema:
    """The body without allauth's description of it, which repeats the name of the operation."""
    return {name: value for name, value in _inline(described).items() if name != "description"}


def _merged(own: Schema, described: Schema, client: str, *, writes: bool) -> Schema:
    given = described.get("parameters", [])
    parameters = [parameter for parameter in given if parameter not in (_CLIENT, _SESSION)]
    has_session = _SESSION in given
    security = _security(client, has_session=has_session, writes=writes)
    if own["operationId"] in _SESSION_IS_OPTIONAL:
        security = [*(_security(client, has_session=False, writes=writes) or [{}]), *security]
    merged = {**own, "security": security}
    merged |= {"summary": described["summary"], "description": described.get("description", "")}
    merged |= {"parameters": parameters} if parameters else {}
    merged |= {"requestBody": _request_body(described["requestBody"])} if "requestBody" in described else {}
    return {**merged, "responses": _responses(own, described, client, has_session=has_session)}


def _security(client: str, *, has_session: bool, writes: bool) -> list[Schema]:
    if client == "app":
        return [{BEARER: []}, {SESSION_TOKEN: []}] if has_session else []
    together: Schema = {name: [] for name, needed in {COOKIE: has_session, CSRF: writes}.items() if needed}
    return [together] if together else []


def _responses(own: Schema, described: Schema, client: str, *, has_session: bool) -> Schema:
    successes = {status: _inline(response) for status, response in described["responses"].items() if status < "400"}
    failures = {status for status in {*described["responses"], *own["responses"]} if status >= "400"} - {"410"}
    failures |= {"401"} if has_session else set()
    if client == "app":
        failures |= {"410"}  # allauth checks a session token even if the operation does not require one.
    general = problem_responses(*map(int, failures))
    special = {status: ref("responses", name) for status, name in _OWN_FAILURES.items() if status in failures}
    return successes | general | special


def _converted(node: Any) -> Any:
    """Convert OpenAPI 3.0 to 3.1, point references at the new names, and drop examples from other deployments."""
    if isinstance(node, list):
        return [_converted(item) for item in node]
    if not isinstance(node, dict):
        return node.strip() if isinstance(node, str) else node
    converted = {name: _converted(value) for name, value in node.items() if name not in {"examples", "nullable"}}
    if isinstance(target := converted.get("$ref"), str):
        kind, _, name = target.removeprefix("#/components/").partition("/")
        converted["$ref"] = f"#/components/{kind}/{_name(name)}"
    if "example" in converted and "schema" not in converted:  # A schema's example, not a parameter's.
        converted["examples"] = [converted.pop("example")]
    return nullable(converted) if node.get("nullable") else converted


def _name(name: str) -> str:
    return name if name.startswith("Auth") else f"Auth{name}"
