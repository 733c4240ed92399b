"""What many operations share: headers, parameters, and the problems they answer with."""

from typing import Any

from api_project.http.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from api_project.http.problems.registry import PROBLEM_TYPES, ProblemType
from api_project.http.problems.responses import MEDIA_TYPE

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}

HEADERS: dict[str, Schema] = {
    "Allow": {"description": "The methods this resource takes.", "schema": STRING},
    "ETag": {
        "description": "A strong tag of what is shown, for `If-None-Match` and `If-Match` (RFC 9110 §8.8.3).",
        "schema": STRING,
        "example": '"0b7f6d0c3c5e4f5aa9f5f0f1c2d3e4f5"',
    },
    "Idempotency-Replayed": {
        "description": "`true` when this is the stored answer to an earlier request with the same `Idempotency-Key`.",
        "schema": {"type": "string", "const": "true"},
    },
    "Link": {
        "description": "The pages before and after this one, as `rel=prev` and `rel=next` (RFC 8288).",
        "schema": STRING,
    },
    "Location": {"description": "Where the new resource is.", "schema": {"type": "string", "format": "uri-reference"}},
    "RateLimit": {
        "description": "What is left of each limit (`r`) and the seconds until it is whole again (`t`).",
        "schema": STRING,
        "example": '"anon";r=119;t=42',
    },
    "RateLimit-Policy": {
        "description": "The limits: `q` requests in `w` seconds (draft-ietf-httpapi-ratelimit-headers-10).",
        "schema": STRING,
        "example": '"anon";q=120;w=60',
    },
    "Retry-After": {"description": "How many seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "How to sign in.", "schema": STRING, "example": "Bearer"},
    "X-Request-ID": {
        "description": "The request's id: the one it brought in the same header, or a new one.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"},
    },
}
LIMITED = ("RateLimit", "RateLimit-Policy")

PARAMETERS: dict[str, Schema] = {
    "cursor": {
        "in": "query",
        "description": "Where to read on: from a page's `next` or `previous`. Not together with `page`.",
        "schema": {"type": "string"},
    },
    "page": {
        "in": "query",
        "description": "The number of the page, from 1; `count` is then exact. Not together with `cursor`.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "page_size": {
        "in": "query",
        "description": "How many results a page has.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
    },
    "search": {
        "in": "query",
        "description": (
            'Whole words in any order, case and accents ignored; `"a phrase"` in quotes, `-excluded` with a minus.'
            " It filters and never reorders."
        ),
        "schema": {"type": "string", "minLength": 1},
    },
    "If-Match": {
        "in": "header",
        "description": (
            "Do it only if the resource is still what one of these tags names, else answer 412. `*` stands for any."
            " A deployment may require it and answer 428 where it is missing."
        ),
        "schema": STRING,
    },
    "If-None-Match": {
        "in": "header",
        "description": "Answer 304 without a body if what is shown still has one of these tags.",
        "schema": STRING,
    },
    "Idempotency-Key": {
        "in": "header",
        "description": (
            "A name of your choice for this request. Sent again with the same key within 24 hours, it is not done"
            " twice but answered as the first time."
        ),
        "schema": {"type": "string", "pattern": '^("[!#-~]{1,255}"|[!#-~]{1,255})$'},
        "example": "0199c5a0-7b1e-7c39-8a55-3f0a4f1f2b6d",
    },
}

SCHEMAS: dict[str, Schema] = {
    "Problem": {
        "type": "object",
        "description": "What went wrong, and what to do about it (RFC 9457).",
        "properties": {
            "type": {
                "type": "string",
                "format": "uri-reference",
                "description": "The kind of problem, as the address of its explanation.",
            },
            "title": {"type": "string", "description": "The kind of problem, in words."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The status of the answer."},
            "detail": {"type": "string", "description": "This occurrence, and what to do about it."},
            "code": {"type": "string", "description": "The kind of problem, to branch on."},
            "instance": {"type": "string", "format": "uri-reference", "description": "The path that was requested."},
            "request_id": {"type": "string", "description": "What the server's logs know this request by."},
        },
        "required": ["type", "title", "status", "detail", "code", "instance", "request_id"],
    },
    "ValidationProblem": {
        "description": "A problem with all the faults of a request at once.",
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}}},
    },
    "Fault": {
        "type": "object",
        "description": "One thing that is wrong with a request; `pointer`, `parameter` or `header` says where.",
        "properties": {
            "pointer": {
                "type": "string",
                "description": "A JSON pointer into the body, as a URI fragment (RFC 6901 §6).",
            },
            "parameter": {"type": "string", "description": "The name of a query parameter."},
            "header": {"type": "string", "description": "The name of a header."},
            "code": {"type": "string", "description": "The kind of fault, to branch on."},
            "detail": {"type": "string", "description": "What is wrong, in words."},
        },
        "required": ["code", "detail"],
        "oneOf": [{"required": ["pointer"]}, {"required": ["parameter"]}, {"required": ["header"]}],
    },
}

# Named for the statuses of RFC 9110 §15.
PROBLEM_RESPONSES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
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
_OWN_HEADERS = {
    401: ["WWW-Authenticate"],
    409: ["Retry-After"],
    412: ["ETag"],
    429: ["Retry-After"],
    503: ["Retry-After"],
}


def ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def headers(*names: str, limited: bool = True) -> Schema:
    """The headers of an answer: those named, and those that all answers have."""
    return {name: ref("headers", name) for name in (*names, *(LIMITED if limited else ()), "X-Request-ID")}


def problem_responses(*statuses: int) -> dict[str, Schema]:
    return {str(status): ref("responses", PROBLEM_RESPONSES[status]) for status in sorted(statuses)}


def shared_components() -> dict[str, dict[str, Schema]]:
    """Every component by its kind, for the references that the functions above make."""
    responses = {name: _problem_response(status) for status, name in PROBLEM_RESPONSES.items()}
    responses["NotModified"] = {"description": "You have it already: it did not change.", "headers": headers("ETag")}
    parameters = {name: {"name": name, **parameter} for name, parameter in PARAMETERS.items()}
    return {"schemas": SCHEMAS, "responses": responses, "parameters": parameters, "headers": HEADERS}


def problem_example(problem: ProblemType, **members: Any) -> Schema:
    return {
        "type": problem.uri,
        "title": str(problem.title),
        "status": int(problem.status),
        "detail": str(problem.detail),
        "code": problem.code,
        "instance": "/api/v1/posts",
        "request_id": "0199c5a0-7b1e-7c39-8a55-3f0a4f1f2b6d",
        **members,
    }


def _problem_response(status: int) -> Schema:
    problems = [problem for problem in PROBLEM_TYPES if problem.status == status]
    faults = {"errors": [{"pointer": "#/title", "code": "max_length", "detail": "Use at most 200 characters."}]}
    examples = {
        problem.code: {
            "summary": str(problem.title),
            "value": problem_example(problem, **(faults if problem.code == "invalid" else {})),
        }
        for problem in problems
    }
    schema = ref("schemas", "ValidationProblem" if status == 400 else "Problem")
    return {
        "description": "\n".join(f"- `{problem.code}`: {problem.detail}" for problem in problems),
        "headers": headers(*_OWN_HEADERS.get(status, ())),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }
