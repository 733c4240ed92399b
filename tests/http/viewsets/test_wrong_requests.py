"""The response to a wrong request says in the client's words what is wrong with it, and what to do."""

import re
from typing import Any

import pytest
from pytest_django import Settings

from posts.models import Post
from tests.client import Client
from tests.factories import make_post
from users.models import User

POSTS, USERS = "/api/v1/posts", "/api/v1/users"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
SPANISH = {"Accept-Language": "es"}
# Python's names for the types of JSON.
PYTHON = re.compile(r"\b(str|dict|dictionary|tuple|int|float|bool|NoneType|None|True|False|got \"?list)\b|[{\[]'")


def send(client: Client, body: Any, content_type: str = JSON, path: str = POSTS, **options: Any) -> Any:
    return client.generic("POST", path, body, content_type, **options)


def only(response: Any) -> dict[str, str]:
    [error] = response.json()["errors"]
    return dict(error)


class TestBodies:
    @pytest.mark.parametrize("value", ["1", "1.5", "true", '"x"', "[]", '["a"]', "[[1]]", "{}", '{"a": {}}', "null"])
    @pytest.mark.parametrize(
        "place",
        [
            *(
                f"POST {POSTS} {name}"
                for name in ("title", "slug", "excerpt", "body", "tags", "published_at", "status")
            ),
            *(f"POST {USERS} {name}" for name in ("username", "email", "password", "display_name", "bio")),
            *(f"PATCH {USERS}/me {name}" for name in ("username", "display_name", "bio")),
            *(f"PATCH {USERS}/me/account {name}" for name in ("role", "is_active", "email")),
            *(f"POST /api/auth/app/v1/auth/login {name}" for name in ("username", "password", "email")),
            "DELETE /api/auth/app/v1/auth/sessions sessions",
        ],
    )
    def test_no_message_shows_a_type_of_python(self, place: str, value: str, member: User) -> None:
        method, path, name = place.split(" ")
        client = Client()
        if path not in {USERS, "/api/auth/app/v1/auth/login"}:
            client.sign_in(member)
        for body in (f'{{"{name}": {value}}}', value):
            response = client.generic(method, path, body, JSON)
            reported = [error["detail"] for error in response.json().get("errors", ())] if response.content else []
            assert not [text for text in reported if PYTHON.search(text)]

    @pytest.mark.parametrize(
        ("body", "pointer", "code", "detail"),
        [
            ('{"title": "x", "body": "b", "tags": {}}', "#/tags", "not_a_list", 'Send an array, such as ["a", "b"].'),
            ('{"title": "x", "body": "b", "tags": "a"}', "#/tags", "not_a_list", 'Send an array, such as ["a", "b"].'),
            ('{"title": 1, "body": "b"}', "#/title", "invalid", "Send a string."),
            ('{"title": "x", "body": "b", "tags": ["a", {}]}', "#/tags/1", "invalid", "Send a string."),
            ("[]", "#", "invalid", "Send a JSON object."),
            ("null", "#", "invalid", "Send a JSON object."),
            (
                '{"title": "x", "body": "b", "titel": 1}',
                "#/titel",
                "unknown_field",
                "Unknown name. Did you mean “title”?",
            ),
        ],
    )
    def test_a_value_of_another_type_says_what_to_send(
        self, body: str, pointer: str, code: str, detail: str, member_client: Client
    ) -> None:
        assert only(send(member_client, body)) == {"pointer": pointer, "code": code, "detail": detail}

    def test_a_choice_lists_its_values(self, admin_client: Client, member: User) -> None:
        response = admin_client.patch(f"{USERS}/{member.pk}/account", {"role": "owner", "is_active": 1})

        assert {error["detail"] for error in response.json()["errors"]} == {
            "Send one of: member, editor, admin.",
            "Send true or false.",
        }

    @pytest.mark.parametrize("name", ["content", "text", "Content"])
    def test_a_field_by_a_common_other_name_suggests_the_documented_one(self, name: str, member_client: Client) -> None:
        error = only(send(member_client, f'{{"title": "x", "body": "b", "{name}": "c"}}'))

        assert error["detail"] == "Unknown name. Did you mean “body”?"

    def test_an_unknown_field_lists_only_what_can_be_written(self, member_client: Client) -> None:
        detail = only(send(member_client, '{"title": "x", "body": "b", "zzz": 1}'))["detail"]

        assert {"title", "body", "tags", "published_at"} <= set(re.findall(r"\w+", detail))
        assert not {"id", "author", "created_at", "updated_at"} & set(re.findall(r"\w+", detail))

    def test_json_without_a_content_type_is_said_to_be_read_as_a_form(self, member_client: Client) -> None:
        for body in ('{"title": "x", "body": "b"}', ' [{"title": "a=b&c"}]', "{"):
            response = send(member_client, body, FORM)
            problem, error = response.json(), only(response)

            assert (response.status_code, problem["code"]) == (400, "parse_error")
            assert (error["pointer"], error["code"]) == ("#", "read_as_form")
            assert problem["detail"] == error["detail"]
            assert "read as a form" in error["detail"]
            assert "`Content-Type: application/json`" in error["detail"]
        assert not Post.objects.exists()

    @pytest.mark.parametrize("content_type", [JSON, ""])
    def test_an_empty_body_is_said_to_be_empty(self, content_type: str, member_client: Client) -> None:
        assert send(member_client, "", content_type).json()["detail"] == "The body is empty. Send a JSON object."

    def test_an_empty_form_has_no_fields(self, member_client: Client) -> None:
        assert send(member_client, "", FORM).json()["detail"].startswith("Some of the input is invalid.")

    @pytest.mark.parametrize(
        ("content_type", "path", "detail"),
        [
            (
                "multipart/form-data; boundary=x",
                POSTS,
                f"The Content-Type `multipart/form-data` is not supported here. Send one of these: `{JSON}`, `{FORM}`.",
            ),
            (
                "",
                POSTS,
                f"The request has no valid Content-Type. Send one of these: `{JSON}`, `{FORM}`.",
            ),
            (
                FORM,
                "/api/auth/app/v1/auth/login",
                f"The Content-Type `{FORM}` is not supported here. Send one of these: `application/json`.",
            ),
        ],
    )
    def test_an_unsupported_type_names_what_came_and_what_is_taken(
        self, content_type: str, path: str, detail: str, member: User
    ) -> None:
        client = Client()
        if path == POSTS:
            client.sign_in(member)
        response = send(client, "title=x", content_type, path)

        assert (response.status_code, response.json()["detail"]) == (415, detail)

    def test_a_patch_may_be_a_merge_patch(self, member_client: Client, post: Post) -> None:
        response = member_client.generic("PATCH", f"{POSTS}/{post.pk}", "x", "text/plain")

        assert "`application/merge-patch+json`" in response.json()["detail"]


MALFORMED = {
    '{"a": 1,}': "Remove the comma before `}`",
    '{"a": [1, 2 , ]}': "Remove the comma before `]`",
    "{'a': 1}": "JSON uses straight double quotes",
    "{\"a\": 'x'}": "JSON uses straight double quotes",
    "{“a”: 1}": "JSON uses straight double quotes",
    "{a: 1}": "Put the name in double quotes",
    '{"b": 1, a: 1}': "Put the name in double quotes",
    '{"a": x}': "Put text in double quotes",
    '{"a": None}': "JSON spells these values true, false and null",
    '{"a": True}': "JSON spells these values true, false and null",
    '{"a": 1 // one\n}': "JSON has no comments",
    '{"a": "x\ny"}': "Line breaks and other control characters in strings are escaped, such as `\\n`",
    '{"a": "\\x"}': "A backslash in a string is written twice, or begins an escape such as `\\n` or `\\u00e9`",
    '{"a": "\\u12"}': "A backslash in a string is written twice, or begins an escape such as `\\n` or `\\u00e9`",
    '{"a": "x': "The string that begins here has no closing quote",
    '{"a": 1': "The text ends too early. Close each string, array and object",
    " ": "The text ends too early. Close each string, array and object",
    '{"a" 1}': "A colon is expected",
    '{"a": 1 "b": 2}': "A comma or a closing bracket is expected",
    '{"a": }': "A value is expected",
    "{1: 2}": "A name in double quotes is expected",
    "{} {}": "Nothing may follow the value",
    "\ufeff{}": "Remove the byte order mark",
}


class TestMalformedJson:
    @pytest.mark.parametrize(("body", "reason"), MALFORMED.items())
    def test_malformed_json_is_reported_with_its_position_and_reason(
        self, body: str, reason: str, member_client: Client
    ) -> None:
        response = send(member_client, body)
        error = only(response)

        assert response.json()["detail"] == "The body is not valid JSON."
        assert error["code"] == "malformed"
        assert re.fullmatch(rf"Malformed JSON at line \d+, column \d+: {re.escape(reason)}\.", error["detail"])

    def test_utf_16_is_said_to_be_no_utf_8(self, member_client: Client) -> None:
        response = send(member_client, '{"a": 1}'.encode("utf-16"))

        assert only(response)["detail"].endswith("Encode the body as UTF-8.")

    @pytest.mark.parametrize("body", MALFORMED)
    def test_the_reason_of_malformed_json_is_translated(self, body: str, member_client: Client) -> None:
        response = send(member_client, body, headers=SPANISH)
        english = MALFORMED[body]

        assert response.json()["detail"] == "El cuerpo no es JSON válido."
        assert english not in only(response)["detail"]
        assert only(response)["detail"].startswith("JSON mal formado en la línea ")

    @pytest.mark.parametrize(
        ("body", "details"),
        [
            ('{"a": NaN}', ["NaN and Infinity are not JSON. Send a number, or null."]),
            ("[Infinity, -Infinity]", ["NaN and Infinity are not JSON. Send a number, or null."] * 2),
            ("[1e999]", ["The number is too large. Send a smaller one."]),
            ('{"a": 1, "a": 2}', ["Duplicate name. Give each name once."]),
            ('{"a": "\\ud800"}', ["Invalid UTF-8. Encode the text as UTF-8, without unpaired surrogates."]),
        ],
    )
    def test_json_that_no_field_accepts_is_explained(
        self, body: str, details: list[str], member_client: Client
    ) -> None:
        assert [error["detail"] for error in send(member_client, body).json()["errors"]] == details


class TestTakenValues:
    @pytest.mark.parametrize("method", ["post", "put", "patch"])
    def test_a_slug_in_use_is_named_in_the_error(
        self, method: str, member_client: Client, member: User, post: Post
    ) -> None:
        other = make_post(member)
        path = POSTS if method == "post" else f"{POSTS}/{other.pk}"
        error = only(getattr(member_client, method)(path, {"title": "x", "body": "b", "slug": post.slug}))

        assert (error["code"], error["detail"]) == ("unique", "Another post has this slug.")

    def test_a_taken_username_and_a_taken_address_are_named_in_the_errors(
        self, api_client: Client, member: User
    ) -> None:
        body = {"username": member.username, "email": member.email, "password": "correct-horse-battery"}
        errors = api_client.post(USERS, body).json()["errors"]

        assert [(error["code"], error["detail"]) for error in errors] == [
            ("unique", "This username is taken."),
            ("unique", "This e-mail address is taken. Use another one."),
        ]


class TestPages:
    @pytest.mark.parametrize("path", [POSTS, USERS, "/api/v1/tags"])
    def test_a_page_past_the_end_names_the_last_one(self, path: str, member_client: Client, member: User) -> None:
        post = make_post(member)
        post.tags.create(slug="a")
        response = member_client.get(f"{path}?page=999&page_size=1")
        problem = response.json()

        assert (response.status_code, problem["code"]) == (404, "page_out_of_range")
        assert problem["type"] == "/api/problems/page_out_of_range"
        assert problem["detail"] == "Page 999 does not exist. The last page is 1."

    def test_the_last_page_is_that_of_the_page_size(self, api_client: Client, member: User) -> None:
        for _ in range(5):
            make_post(member)
        response = api_client.get(f"{POSTS}?page=4&page_size=2", headers=SPANISH)

        assert response.json()["detail"] == "La página 4 no existe. La última página es la 3."
        assert api_client.get(f"{POSTS}?page=3&page_size=2").status_code == 200

    def test_a_page_that_is_gone_names_the_last_one_on_every_request(self, api_client: Client, member: User) -> None:
        posts = [make_post(member) for _ in range(2)]
        for _ in range(4):
            assert api_client.get(f"{POSTS}?page=2&page_size=1").status_code == 200
        posts[0].delete()

        assert api_client.get(f"{POSTS}?page=2&page_size=1").json()["code"] == "page_out_of_range"


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "nearest"),
        [
            ("/api/v1/post", "/api/v1/posts"),
            ("/api/v1/post/", "/api/v1/posts"),
            ("/api/v1/post/hello-world", "/api/v1/posts/hello-world"),
            ("/api/v1/user/ada/account", "/api/v1/users/ada/account"),
            ("/posts", "/api/v1/posts"),
            ("/v1/posts/hello", "/api/v1/posts/hello"),
            ("/redoc", "/api/redoc"),
            ("/api/auth/browser/login", "/api/auth/browser/v1/auth/login"),
            ("/livz", "/livez"),
            ("/v1/posts/a%22b", "/api/v1/posts/a%22b"),
        ],
    )
    @pytest.mark.parametrize("debug", [False, True])
    def test_an_unknown_path_suggests_the_nearest(
        self, path: str, nearest: str, debug: bool, api_client: Client, settings: Settings
    ) -> None:
        settings.DEBUG = debug
        response = api_client.get(path)

        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert response.json()["detail"] == f"There is no such path. Did you mean {nearest}?"

    @pytest.mark.parametrize(
        "path",
        ["/nothing", "/api/v1/articles", "/robots.txt", "/api/v1/no/such/route", "/" + "posts/" * 5000, "/%FF"],
    )
    def test_a_path_like_no_other_names_the_docs(self, path: str, api_client: Client) -> None:
        assert api_client.get(path).json()["detail"] == "There is no such path. The docs list all of them: /api/docs."

    def test_a_404_of_a_resource_says_what_to_do(self, api_client: Client, draft: Post) -> None:
        for key in ("nothing", draft.slug):
            detail = api_client.get(f"{POSTS}/{key}").json()["detail"]
            assert detail == "Not found, or not visible to you. Check the path, or sign in."


class TestRights:
    def test_a_403_names_the_allowed_callers(
        self, member_client: Client, other_member_client: Client, admin_client: Client, post: Post, admin: User
    ) -> None:
        account = f"{USERS}/{post.author_id}/account"
        reported = {
            "change a post": other_member_client.patch(f"{POSTS}/{post.pk}", {"title": "x"}),
            "delete a post": other_member_client.delete(f"{POSTS}/{post.pk}"),
            "change a profile": other_member_client.patch(f"{USERS}/{post.author_id}", {"bio": "x"}),
            "read an account": other_member_client.get(account),
            "sign up": member_client.post(USERS, {}),
            "change a role": member_client.patch(account, {"role": "admin"}),
            "change one's own role": admin_client.patch(f"{USERS}/{admin.pk}/account", {"role": "member"}),
        }

        assert {response.status_code for response in reported.values()} == {403}
        owner, rights = (
            "Only the owner of this account or an admin may do this.",
            "Only an admin may change the role or the activity of an account, except their own.",
        )
        author = "Only the author, an editor or an admin may change or delete this post."
        assert {name: response.json()["detail"] for name, response in reported.items()} == {
            "change a post": author,
            "delete a post": author,
            "change a profile": owner,
            "read an account": owner,
            "sign up": "You have an account already. Only an admin may create accounts for other people.",
            "change a role": rights,
            "change one's own role": rights,
        }

    def test_an_anonymous_write_is_a_401_without_a_hint_on_rights(self, api_client: Client, post: Post) -> None:
        assert api_client.delete(f"{POSTS}/{post.pk}").json()["code"] == "not_authenticated"


@pytest.mark.parametrize("path", [POSTS, "/api/auth/app/v1/config"])
def test_a_429_says_the_seconds_that_retry_after_says(
    path: str, settings: Settings, api_client: Client, db: None
) -> None:
    settings.RATE_LIMITS = {"anon": (1, 60)}
    api_client.get(path)
    english, spanish = (api_client.get(path, headers=headers) for headers in ({}, SPANISH))

    def expected(text: str, response: Any) -> str:
        return text.replace("%N", response.headers["Retry-After"])

    assert english.json()["detail"] == expected("Too many requests. Try again in %N seconds.", english)
    assert spanish.json()["detail"] == expected(
        "Demasiadas peticiones. Inténtelo de nuevo dentro de %N segundos.", spanish
    )


def test_a_429_counts_one_second_as_one(settings: Settings, api_client: Client, db: None) -> None:
    settings.RATE_LIMITS = {"anon": (0, 1)}

    assert api_client.get(POSTS).json()["detail"] == "Too many requests. Try again in 1 second."
