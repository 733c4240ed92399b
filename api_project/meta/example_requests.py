"""A request for each problem type that causes it."""

_NEW_POST = '{"title": "Hello", "body": "My first post."}'
_SIGN_IN = '{"username": "ada", "password": "correct-horse-battery"}'
_ID = "0199c5a0-7b1e-7c39-8a55-3f0a4f1f2b6d"


def _request(target: str, body: str = "", **headers: str) -> str:
    """An HTTP message as people write it: without the headers that clients add by themselves."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body:
        named = {"Content-Type": "application/json"} | named
    lines = [target, *(f"{name}: {value}" for name, value in named.items())]
    return "\n".join(lines) + (f"\n\n{body}" if body else "")


# By the code of the type. The tests send those whose problem does not depend on time, load or accidents.
EXAMPLE_REQUESTS = {
    "invalid": _request("POST /api/v1/posts", '{"title": "", "body": "My first post."}'),
    "parse_error": _request("POST /api/v1/posts", '{"title": "Hello",}'),
    "bad_request": _request("GET /api/v1/posts", Host="unknown.example"),
    "not_authenticated": _request("GET /api/v1/users/me"),
    "authentication_failed": _request("GET /api/v1/posts", Authorization="Bearer an-expired-token"),
    "reauthentication_required": _request(
        "POST /api/auth/browser/v1/account/authenticators/totp", '{"code": "123456"}', X_CSRFToken="…"
    ),
    "sign_in_incomplete": _request("POST /api/auth/app/v1/auth/login", _SIGN_IN),
    "permission_denied": _request("DELETE /api/v1/posts/hello"),
    "insufficient_scope": _request("POST /api/v1/posts", _NEW_POST, Authorization="Bearer pau_…"),
    "csrf_failed": _request("POST /api/auth/browser/v1/auth/login", _SIGN_IN),
    "not_found": _request("GET /api/v1/posts/no-such-post"),
    "page_out_of_range": _request("GET /api/v1/posts?page=999"),
    "method_not_allowed": _request("POST /api/v1"),
    "not_acceptable": _request("GET /api/v1/posts", Accept="text/csv"),
    "conflict": _request(
        "POST /api/v1/batch",
        '{"operations": [{"method": "PATCH", "path": "/api/v1/posts/hello", '
        '"base": {"title": "As it was"}, "body": {"title": "As it should be"}}]}',
    ),
    "id_taken": _request(f"PUT /api/v1/posts/{_ID}", _NEW_POST),
    "already_signed_in": _request("POST /api/auth/browser/v1/auth/login", _SIGN_IN, X_CSRFToken="…"),
    "parent_deleted": _request(f"POST /api/v1/trash/{_ID}/restore"),
    "request_in_progress": _request("POST /api/v1/posts", _NEW_POST, Idempotency_Key="5d8d7d4c"),
    "session_gone": _request("GET /api/auth/app/v1/auth/session", **{"X-Session-Token": "an-old-token"}),
    "cursor_expired": _request("GET /api/v1/changes?since=an-old-cursor"),
    "precondition_failed": _request("PATCH /api/v1/posts/hello", '{"title": "Hi"}', If_Match='"an-old-tag"'),
    "body_too_large": _request("POST /api/v1/posts", "…", Content_Length="2000000"),
    "results_too_large": _request("POST /api/v1/batch", '{"operations": […]}'),
    "unsupported_media_type": _request("POST /api/v1/posts", "Hello", Content_Type="text/plain"),
    "unsupported_coding": _request("POST /api/v1/posts", "…", Content_Encoding="gzip"),
    "idempotency_key_reused": _request("POST /api/v1/posts", _NEW_POST, Idempotency_Key="5d8d7d4c"),
    "precondition_required": _request("PATCH /api/v1/posts/hello", '{"title": "Hi"}'),
    "throttled": _request("GET /api/v1/posts"),
    "server_error": _request("GET /api/v1/posts"),
    "unavailable": _request("GET /api/v1/posts"),
}
