"""The components that operations share: those of components.yaml, and a response for each status of a problem."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from api_project.http.problems.responses import MEDIA_TYPE
from api_project.http.problems.types import PROBLEM_TYPES, ProblemType

try:  # libyaml's is ten times as fast, but some builds of PyYAML lack it.
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

Schema = dict[str, Any]

# A character that is white space neither for Python, which trims input, nor for ECMAScript's patterns. The server
# refuses text of other invisible characters, too, but a pattern that lists them all would be unreadable.
NOT_BLANK = r"[^\s\x1c-\x1f\x85]"

EVERYWHERE = ("RateLimit", "RateLimit-Policy", "X-Request-ID")

# RFC 9110 §15 gives the statuses these names. Python's names differ between its versions.
_RESPONSES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    410: "Gone",
    412: "PreconditionFailed",
    413: "ContentTooLarge",
    415: "UnsupportedMediaType",
    422: "UnprocessableContent",
    428: "PreconditionRequired",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
}
_HEADERS = {
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    409: ("Retry-After",),
    412: ("ETag",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
    503: ("Retry-After",),
}
_AUTH_ONLY = {"reauthentication_required", "sign_in_incomplete"}
_INPUT_ERROR = {
    "pointer": "#/title",
    "code": "max_length",
    "detail": "Ensure this field has no more than 200 characters.",
}


def ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def headers(*names: str) -> Schema:
    return {name: ref("headers", name) for name in names}


def problem_responses(*statuses: int) -> Schema:
    return {str(status): ref("responses", _RESPONSES[status]) for status in sorted(statuses)}


def shared_components() -> Schema:
    """Every component that `ref`, `headers` and `problem_responses` refer to, by its kind."""
    responses = {}
    for status, name in _RESPONSES.items():
        problems = [problem for problem in PROBLEM_TYPES if problem.status == status]
        responses[f"Auth{name}"] = _problem_response(status, problems)
        responses[name] = _problem_response(status, [each for each in problems if each.code not in _AUTH_ONLY])
    shared: Schema = merge_patch({"responses": responses}, read_yaml("components.yaml"))
    return shared


def example_of(schema: str) -> Schema:
    """The first example of a schema in overlay.yaml; empty if the schema has none."""
    described = read_yaml("overlay.yaml")["components"]["schemas"].get(schema, {})
    return dict(*described.get("examples", [])[:1])


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396 §2."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def extended(target: Any, extension: Any) -> Any:
    """A merge patch that appends to arrays instead of replacing them."""
    if isinstance(extension, list):
        return [*target, *extension]
    if not isinstance(extension, dict):
        return extension
    known = target if isinstance(target, dict) else {}
    return known | {name: extended(known.get(name, []), value) for name, value in extension.items()}


def extensions() -> list[Schema]:
    """The additions of sign_in.yaml for the ways to sign in that are switched on."""
    is_on = {"providers": settings.SOCIALACCOUNT_PROVIDERS, "passkeys": "webauthn" in settings.MFA_SUPPORTED_TYPES}
    return [read_yaml("sign_in.yaml")[name] for name in is_on if is_on[name]]


@cache
def read_yaml(name: str) -> Schema:
    return load_yaml(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def load_yaml(text: str | bytes) -> Schema:
    loaded: Schema = yaml.load(text, Loader=SafeLoader)
    return loaded


def _problem_response(status: int, problems: list[ProblemType]) -> Schema:
    examples = {problem.code: {"summary": str(problem.title), "value": _example(problem)} for problem in problems}
    schema = ref("schemas", "ValidationProblem" if "invalid" in examples else "Problem")
    return {
        "description": "\n".join(f"- `{problem.code}`: {problem.detail}" for problem in problems),
        "headers": headers(*_HEADERS.get(status, ()), "X-Request-ID"),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def _example(problem: ProblemType) -> Schema:
    example = {
        "type": problem.uri,
        "title": str(problem.title),
        "status": int(problem.status),
        "detail": str(problem.detail),
        "code": problem.code,
        "instance": "/api/v1/posts",
        "request_id": "0199c5a0-7b1e-7c39-8a55-3f0a4f1f2b6d",
    }
    return example | ({"errors": [_INPUT_ERROR]} if problem.code == "invalid" else {})


NULL: Schema = {"type": "null"}


def nullable(schema: Schema) -> Schema:
    """The schema extended by null."""
    kind = schema.get("type")
    if isinstance(kind, list):
        return schema
    # Null stays apart from choices: drf-spectacular makes each set of choices a component, and would drop the null.
    return {**schema, "type": [kind, "null"]} if kind and "enum" not in schema else {"anyOf": [schema, NULL]}
