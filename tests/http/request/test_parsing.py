"""JSON and forms: a body that no field can accept is refused before validation, and every other body is parsed."""

from typing import Any

import pytest

from api_project.http.request.parsers import MAX_CONTAINERS
from posts.models import Post
from tests.client import Client

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PATHS = ["/api/v1/posts", "/api/auth/app/v1/auth/login"]

every_path = pytest.mark.parametrize("path", PATHS)


def send(client: Client, path: str, body: Any, content_type: str = JSON, method: str = "POST") -> Any:
    return client.generic(method, path, body, content_type)


def errors(response: Any) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


UNREADABLE: dict[str, tuple[bytes, list[tuple[str, str]]]] = {
    "half an object": (b'{"title": "x"', [("#", "malformed")]),
    "two values": (b"{} {}", [("#", "malformed")]),
    "a comma too many": (b'{"a": 1,}', [("#", "malformed")]),
    "single quotes": (b"{'a': 1}", [("#", "malformed")]),
    "a comment": (b"{} // really", [("#", "malformed")]),
    "a line break in a string": (b'{"a": "b\nc"}', [("#", "malformed")]),
    "a byte order mark": (b"\xef\xbb\xbf{}", [("#", "malformed")]),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), [("#", "malformed")]),
    "bytes that are not UTF-8": (
        b'{"a": [1, "\xff"], "b": "\xc3"}',
        [("#/a/1", "invalid_text"), ("#/b", "invalid_text")],
    ),
    "an encoded surrogate": (b'{"a": "\xed\xa0\x80"}', [("#/a", "invalid_text")]),
    "bytes that are not UTF-8 in a name": (b'{"\xff": 1}', [("#/%3F", "invalid_text")]),
    "a surrogate that stands alone": (b'{"a": "\\ud800"}', [("#/a", "invalid_text")]),
    "a name that is one, twice": (
        b'{"\\udc00": 1, "\\udc00": 2}',
        [("#/%3F", "duplicate_key"), ("#/%3F", "invalid_text")],
    ),
    "NUL": (b'{"a": {"b~/ c": "\\u0000"}}', [("#/a/b~0~1%20c", "invalid_text")]),
    "NUL in a name": (b'{"\\u0000": 1}', [("#/%00", "invalid_text")]),
    "a name twice": (
        b'{"a": 1, "b": [{"c": 1, "c": 1}], "a": 2}',
        [("#/a", "duplicate_key"), ("#/b/0/c", "duplicate_key")],
    ),
    "NaN": (b'{"a": NaN}', [("#/a", "number_out_of_range")]),
    "infinities": (b"[Infinity, -Infinity]", [("#/0", "number_out_of_range"), ("#/1", "number_out_of_range")]),
    "numbers too large": (b"[1e400, -1e999]", [("#/0", "number_out_of_range"), ("#/1", "number_out_of_range")]),
    "an integer too long": (b'{"a": ' + b"9" * 401 + b"}", [("#/a", "number_out_of_range")]),
    "33 levels": (b"[" * 33 + b"]" * 33, [("#" + "/0" * 32, "nesting")]),
    "33 levels of objects": (b'{"a":' * 32 + b"{}" + b"}" * 32, [("#" + "/a" * 32, "nesting")]),
    "half a million levels": (b"[" * 500_000, [("#", "nesting")]),
}


@every_path
@pytest.mark.parametrize("case", UNREADABLE)
def test_an_unreadable_value_is_refused_at_its_place(case: str, path: str, member_client: Client) -> None:
    body, expected = UNREADABLE[case]
    response = send(member_client, path, body)

    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"
    assert errors(response) == expected


@pytest.mark.parametrize(
    "body",
    [
        b'{"title": "\xf0\x9f\xa6\x8a \\ud83e\\udd8a", "body": "b"}',
        b' \t\r\n{"title": "x", "body": "b"} \n',
        b'{"title": "x", "body": "b", "author": 1e308, "id": %s}' % (b"9" * 400),
        b'{"title": "x", "body": "b", "author": ' + b"[" * 31 + b"]" * 31 + b"}",
    ],
    ids=["pairs of surrogates", "white space", "large numbers", "32 levels"],
)
def test_a_readable_body_is_parsed(body: bytes, member_client: Client) -> None:
    assert send(member_client, "/api/v1/posts", body).status_code == 201


@pytest.mark.parametrize(
    "value", ["1", str(10**400 - 1), "-1e308", "true", '"x"', "[]", "{}", "[[1]]", '{"a": {}}', "null"]
)
@pytest.mark.parametrize(
    "place",
    [
        ("PATCH", "/api/v1/posts/{post}", "title"),
        ("PATCH", "/api/v1/posts/{post}", "slug"),
        ("PATCH", "/api/v1/posts/{post}", "tags"),
        ("PATCH", "/api/v1/posts/{post}", "published_at"),
        ("PATCH", "/api/v1/users/{user}/account", "is_active"),
        ("PATCH", "/api/v1/users/{user}/account", "role"),
        ("PATCH", "/api/v1/users/{user}/account", "email"),
        ("POST", "/api/auth/app/v1/auth/login", "password"),
        ("POST", "/api/auth/app/v1/tokens/refresh", "refresh_token"),
        ("DELETE", "/api/auth/app/v1/auth/sessions", "sessions"),
    ],
)
def test_a_value_of_a_wrong_type_never_causes_an_error(
    place: tuple[str, str, str], value: str, admin_client: Client, post: Post
) -> None:
    method, path, name = place
    where = path.format(post=post.pk, user=post.author_id)
    response = send(admin_client, where, f'{{"{name}": {value}}}', method=method)

    assert response.status_code < 500


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 201),
        ("Application/JSON; Charset=UTF-8", 201),
        ('application/json;charset="utf-8"', 201),
        ("application/json ; charset=utf8", 201),
        ("application/json; charset=us-ascii", 201),
        ("application/json; profile=x", 201),
        ("application/json;", 201),
        ("application/json; charset=latin-1", 400),
        ('application/json; charset="utf-16"', 400),
        ("application/x-www-form-urlencoded; charset=latin-1", 400),
        ("", 415),
        ("json", 415),
        ("application", 415),
        ("application/", 415),
        ("*/*", 415),
        ("application/*", 415),
        ("application/json, application/json", 415),
        ("application/json; charset", 415),
        ("text/json", 415),
        ("application/vnd.api+json", 415),
        ("application/merge-patch+json", 415),
        ("multipart/form-data; boundary=x", 415),
    ],
)
def test_a_body_is_parsed_by_its_content_type(content_type: str, status: int, member_client: Client) -> None:
    response = send(member_client, "/api/v1/posts", '{"title": "x", "body": "b"}', content_type)

    assert response.status_code == status
    if status == 400:
        assert errors(response) == [("#", "charset")]


def test_a_merge_patch_is_for_patch(member_client: Client, post: Post) -> None:
    path, media_type = f"/api/v1/posts/{post.pk}", "application/merge-patch+json"

    assert send(member_client, path, '{"excerpt": null}', media_type, "PATCH").status_code == 200
    assert send(member_client, path, '{"title": "x", "body": "b"}', media_type, "PUT").status_code == 415


@pytest.mark.parametrize("content_type", [JSON, FORM, "text/plain", ""])
def test_a_missing_body_is_an_empty_object(content_type: str, member_client: Client, post: Post) -> None:
    response = send(member_client, "/api/v1/posts", b"", content_type)

    assert response.status_code == 400
    assert errors(response) == [("#/title", "required"), ("#/body", "required")]
    assert send(member_client, f"/api/v1/posts/{post.pk}", b"", content_type, "PATCH").status_code == 200


class TestForms:
    def create(self, client: Client, form: str | bytes) -> Any:
        return send(client, "/api/v1/posts", form, FORM)

    def test_a_form_creates_a_post(self, member_client: Client) -> None:
        form = "title=A+title&body=%C3%84%20body%0A&tags=one&tags=two&excerpt=&csrfmiddlewaretoken=x&published_at="
        post = self.create(member_client, form).json()

        assert (post["title"], post["body"], post["tags"]) == ("A title", "Ä body\n", ["one", "two"])
        assert (post["excerpt"], post["status"]) == ("", "published")

    def test_one_value_of_a_list_is_a_list_of_one(self, member_client: Client) -> None:
        assert self.create(member_client, "title=x&body=b&tags=one").json()["tags"] == ["one"]

    def test_a_field_that_is_no_list_is_given_once(self, member_client: Client) -> None:
        assert errors(self.create(member_client, "title=x&title=y&body=b")) == [("#/title", "invalid")]

    def test_an_unknown_field_is_an_error(self, member_client: Client) -> None:
        assert errors(self.create(member_client, "title=x&body=b&csrftoken=x")) == [("#/csrftoken", "unknown_field")]

    @pytest.mark.parametrize(
        ("form", "expected"),
        [
            (b"title=%FF&body=b", [("#/title", "invalid_text")]),
            (b"title=\xff&body=b", [("#/title", "invalid_text")]),
            (b"title=%ED%A0%80&body=%00", [("#/title", "invalid_text"), ("#/body", "invalid_text")]),
            (b"a%00=1", [("#/a%00", "invalid_text")]),
            (b"&".join(b"a%d=1" % number for number in range(1002)), [("#/a1000", "too_many")]),
        ],
    )
    def test_an_unreadable_value_is_refused_at_its_place(
        self, form: bytes, expected: list[tuple[str, str]], member_client: Client
    ) -> None:
        response = self.create(member_client, form)

        assert response.json()["code"] == "parse_error"
        assert errors(response) == expected

    def test_a_form_cannot_sign_in(self, api_client: Client, db: None) -> None:
        assert send(api_client, PATHS[1], "username=x&password=y", FORM).status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"{" + b",".join(b'"%x":1' % number for number in range(90_000)) + b',"0":1}',
        b"[" + b'{"a":1,"a":1},' * 70_000 + b"1]",
        b'{"title":' + b"[" + b"[]," * 340_000 + b"[]]}",
        b'{"tags":' + b"[" + b"1," * 500_000 + b"1]}",
    ],
    ids=["many names", "many repeated names", "many lists", "many tags"],
)
def test_many_errors_do_not_make_a_long_response(body: bytes, member_client: Client) -> None:
    response = send(member_client, "/api/v1/posts", body)

    assert response.status_code == 400
    assert len(response.content) < 50_000


@pytest.mark.parametrize("name", ["a" * 30_000, "é" * 100])
def test_many_errors_below_long_names_do_not_make_a_long_response(name: str, member_client: Client) -> None:
    body = "[" + ",".join(['"\\u0000"'] * 100) + "]"
    for _level in range(30):
        body = f'{{"{name}":{body}}}'
    response = send(member_client, "/api/v1/posts", body.encode())

    assert {code for _place, code in errors(response)} == {"invalid_text"}
    assert len(response.content) < 500_000


def arrays(number: int, around: str = "1") -> str:
    return f'{{"title": "T", "body": "B", "author": [{",".join([f"[{around}]"] * (number - 2))}]}}'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (arrays(MAX_CONTAINERS), []),
        (arrays(MAX_CONTAINERS, around=r'"[[{\"[{\\"'), []),
        (arrays(MAX_CONTAINERS + 1), [("#", "too_many")]),
        (arrays(MAX_CONTAINERS + 1, around='"\\""'), [("#", "too_many")]),
        ("[" * 100 + arrays(MAX_CONTAINERS), [("#", "nesting")]),
    ],
    ids=["as many as allowed", "brackets in strings", "one more", "one more with strings", "too deep as well"],
)
def test_a_body_has_a_limited_number_of_arrays_and_objects(
    body: str, expected: list[tuple[str, str]], member_client: Client
) -> None:
    response = member_client.generic("POST", "/api/v1/posts", body, "application/json")

    assert response.status_code == (400 if expected else 201)
    assert [(error["pointer"], error["code"]) for error in response.json().get("errors", [])] == expected
