"""The causes of each problem type, and the way out, for the pages that explain them."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from api_project.http.problems.types import Text


@dataclass(frozen=True)
class Explanation:
    causes: tuple[Text, ...]
    fix: Text


# By the code of the type.
EXPLANATIONS = {
    "invalid": Explanation(
        (
            _("A field is missing, too long, or has a value of another type or format."),
            _("A field or a query parameter is unknown, or its value is taken."),
        ),
        _("Correct every entry of `errors`. Its `pointer`, `parameter` or `header` names the place."),
    ),
    "parse_error": Explanation(
        (
            _("The JSON has a syntax error, such as a comma before a brace, or single quotes."),
            _("The body is not UTF-8, repeats a name, or is nested too deep."),
            _("The body is not of the type that `Content-Type` names, or it arrived incomplete."),
        ),
        _("Let a library write the body instead of joining strings, and send its `Content-Type`."),
    ),
    "bad_request": Explanation(
        (
            _("The `Host` header names a host that this server does not serve."),
            _("The path or a header has characters that are not allowed there."),
        ),
        _("Use the address that the operator published. Operators add a host to ALLOWED_HOSTS."),
    ),
    "not_authenticated": Explanation(
        (
            _("The request has no credentials, and the operation needs a user."),
            _("The session cookie has expired, or the browser did not send it."),
        ),
        _("Sign in, then repeat the request with the access token or the cookie."),
    ),
    "authentication_failed": Explanation(
        (
            _("The access token is older than 5 minutes."),
            _("The session of the token has ended: by signing out, or because the password was changed."),
            _("The token is incomplete, of another kind, or from another server."),
        ),
        _("Refresh the access token. If that fails as well, sign in again."),
    ),
    "reauthentication_required": Explanation(
        (_("The operation is sensitive, and the sign-in is too long ago."),),
        _("Send the password or a code by one of the flows in `data.flows`, then repeat the request."),
    ),
    "sign_in_incomplete": Explanation(
        (
            _("The account has a second factor, and its code is still missing."),
            _("The operator requires a confirmed e-mail address, and it is not confirmed yet."),
        ),
        _("Complete the pending step with the session token of this response, or with the cookie."),
    ),
    "permission_denied": Explanation(
        (
            _("The resource belongs to another user, and your role does not permit the action."),
            _("The value of a field may only be changed by an admin."),
        ),
        _("Ask the owner, an editor or an admin to do it. Repeating the request does not help."),
    ),
    "insufficient_scope": Explanation(
        (
            _("The personal access token was created without the scope of this operation."),
            _("The operation accepts no personal access tokens at all."),
        ),
        _("Create a token with the scope that `detail` names, or sign in."),
    ),
    "csrf_failed": Explanation(
        (
            _("The request has a session cookie or signs in by cookie, but has no CSRF token."),
            _("The token is older than the last sign-in, which changed the `csrftoken` cookie."),
            _("The page comes from an origin that the operator does not trust."),
        ),
        _("Send the value of the `csrftoken` cookie as `X-CSRFToken`, or as `csrfmiddlewaretoken` in a form."),
    ),
    "not_found": Explanation(
        (
            _("The path is mistyped, or the id or slug does not exist."),
            _("The resource was deleted."),
            _("It is a draft or a scheduled post of somebody else."),
        ),
        _("Compare the path with the docs, and sign in as a user who may see the resource."),
    ),
    "page_out_of_range": Explanation(
        (
            _("`page` is greater than the number of pages."),
            _("Entries were deleted, so that there are fewer pages than before."),
        ),
        _("Request the last page, which `detail` names, or follow `next` until it is null."),
    ),
    "method_not_allowed": Explanation(
        (_("The path exists, but has no operation for this method."),),
        _("Use a method that `Allow` lists. A browser that opens a URL sends a GET."),
    ),
    "not_acceptable": Explanation(
        (_("`Accept` names only media types that this path does not have."),),
        _("Send `Accept: application/json`, or no `Accept` at all."),
    ),
    "conflict": Explanation(
        (
            _("A field has changed since you read the value that you sent in `base`."),
            _("Another request changed the same resource at the same time."),
        ),
        _("Read the current state, which `current` may contain, decide what to keep, and send the change again."),
    ),
    "id_taken": Explanation(
        (_("A PUT that creates names an id that another resource has or had."),),
        _("Generate a new UUIDv7 and send the request to its path."),
    ),
    "already_signed_in": Explanation(
        (_("The cookie or the session token of the request belongs to a session."),),
        _("Continue with this session, or end it by DELETE `auth/session` first."),
    ),
    "parent_deleted": Explanation(
        (_("You restore a comment whose post is in the trash or hidden from you."),),
        _("Restore the post first, then the comment."),
    ),
    "request_in_progress": Explanation(
        (_("The first request with this Idempotency-Key has not ended yet."),),
        _("Wait for `Retry-After` seconds, and send the same request with the same key."),
    ),
    "session_gone": Explanation(
        (_("The session in `X-Session-Token` was ended or has expired."),),
        _("Discard the session token, and sign in without it."),
    ),
    "cursor_expired": Explanation(
        (
            _("The app was offline for longer than the journal goes back."),
            _("The operator restored a backup that is older than the cursor."),
        ),
        _("Discard the local copy, and read the changes without `since`."),
    ),
    "precondition_failed": Explanation(
        (
            _("Somebody changed the resource after you had read it."),
            _("`If-Match` has a weak tag, or the tag of a list."),
            _("`If-None-Match: *` asks for a new resource, and the id exists."),
        ),
        _("Read the resource again, merge your change, and send it with the new `ETag`."),
    ),
    "body_too_large": Explanation(
        (_("The body has more than 1 MiB."),),
        _("Split the request: a batch into several batches, a long text into several posts."),
    ),
    "results_too_large": Explanation(
        (_("The responses of the operations before this one have reached 4 MiB."),),
        _("Send this operation and those after it in another batch."),
    ),
    "unsupported_media_type": Explanation(
        (
            _("`Content-Type` is missing, or names a type that this operation does not read."),
            _("The client sends a multipart form, or JSON as text."),
        ),
        _("Send JSON with `Content-Type: application/json`."),
    ),
    "unsupported_coding": Explanation(
        (_("The body is compressed: it has a `Content-Encoding`."),),
        _("Switch off the compression of requests in the client."),
    ),
    "idempotency_key_reused": Explanation(
        (_("The key was sent before with another body, path or method."),),
        _("Create a new key for each change that the user makes, and repeat it only in retries of that change."),
    ),
    "precondition_required": Explanation(
        (_("The operator requires `If-Match` on PUT, PATCH and DELETE, and the request has none."),),
        _("Read the resource, and send its `ETag` as `If-Match`."),
    ),
    "throttled": Explanation(
        (
            _("You, or another client at your address, sent more requests than the limit permits."),
            _("Signing in and signing up have lower limits of their own."),
        ),
        _("Wait for `Retry-After` seconds. Watch `RateLimit` in each response to slow down in time."),
    ),
    "server_error": Explanation(
        (_("The server has a bug, or is set up wrongly."),),
        _("Send the `request_id` to the operator, who finds the cause in the log. A retry rarely helps."),
    ),
    "unavailable": Explanation(
        (
            _("The database does not respond, or is locked for too long."),
            _("Too many expensive requests are running at the same time."),
        ),
        _("Repeat the request after `Retry-After` seconds, a write with the same Idempotency-Key."),
    ),
}
