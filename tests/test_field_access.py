"""Who may see and who may write which member: every member of every operation, by everyone."""

from http import HTTPStatus
from typing import Any

import pytest

from posts.models import Post
from tests.client import Client
from tests.factories import make_post, make_user
from tests.field_access import (
    IGNORED,
    READS,
    REFUSED,
    REQUIRED,
    RIGHTS,
    SHOWN,
    WRITES,
    WRITTEN,
    fields_in,
    fields_of,
    foreign_to,
    send,
    serializer_of,
)
from tests.test_permissions import EXPECTED, Operation, operations
from users.models import User

CALLERS = ("anonymous", "owner", "other", "editor", "admin")


def stored() -> list[Any]:
    """All that there is of users and posts."""
    return [list(model._default_manager.order_by("pk").values()) for model in (User, Post)]


def may(caller: str, operation: Operation) -> bool:
    """Whether the caller may do this to something of `member`'s that is published."""
    if str(operation) == "PATCH users-account":
        return caller in {"owner", "admin"}
    return EXPECTED[str(operation)][0][CALLERS.index(caller)] < HTTPStatus.BAD_REQUEST


@pytest.fixture
def clients(
    api_client: Client,
    member_client: Client,
    other_member_client: Client,
    editor_client: Client,
    admin_client: Client,
) -> dict[str, Client]:
    return dict(
        zip(CALLERS, (api_client, member_client, other_member_client, editor_client, admin_client), strict=True)
    )


def test_the_tables_name_every_field_and_no_other() -> None:
    assert {str(each) for each in operations() if each.method == "GET"} == {*SHOWN, "GET index"}
    for operation in READS:
        assert set(fields_of(serializer_of(operation))) == set(SHOWN[str(operation)].split())
    for operation in WRITES:
        known = [table.get(str(operation), {}) for table in (WRITTEN, IGNORED, REFUSED)]
        assert sorted(serializer_of(operation).fields) == sorted(name for table in known for name in table)


@pytest.mark.parametrize("operation", READS, ids=str)
def test_a_reader_sees_just_the_fields_of_the_table(
    operation: Operation, clients: dict[str, Client], member: User
) -> None:
    post = make_post(member, tags=["one"])
    for caller in filter(lambda caller: may(caller, operation), CALLERS):
        response = send(clients[caller], operation, post)
        shown = response.json()["results"] if operation.name.endswith("-list") else [response.json()]
        assert {name for each in shown for name in fields_in(each)} == set(SHOWN[str(operation)].split())
        text = response.content.decode()
        assert ("@example.com" in text) is (operation.name == "users-account")
        assert member.password.rpartition("$")[2] not in text


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_a_writer_writes_just_the_fields_of_the_table(
    operation: Operation, caller: str, clients: dict[str, Client], member: User
) -> None:
    """Each alone, beside what is required."""
    post, before, written = make_post(member), stored(), set()
    table = WRITTEN[str(operation)]
    for name, value in {**table, **IGNORED.get(str(operation), {})}.items():
        Post.objects.exclude(pk=post.pk).delete()
        User.objects.filter(username="another").exclude(pk=member.pk).delete()
        body = {needed: table[needed] for needed in REQUIRED.get(str(operation), ())}
        response = send(clients[caller], operation, post, {**body, name: value})
        assert (response.status_code < HTTPStatus.BAD_REQUEST) is may(caller, operation)
        if response.json().get(name) == value:
            written.add(name)

    if may(caller, operation):
        assert written == set(table) - {"password"}  # It is written, and never shown.
    else:
        assert stored() == before


@pytest.mark.parametrize("caller", ["owner", "admin", "admin themself"])
@pytest.mark.parametrize("right", RIGHTS)
def test_rights_are_written_by_other_peoples_admins_alone(
    right: str, caller: str, clients: dict[str, Client], member: User, admin: User
) -> None:
    before, whose = stored(), admin if caller == "admin themself" else member
    client = clients[caller.removesuffix(" themself")]
    response = client.patch(f"/api/v1/users/{whose.pk}/account", {right: RIGHTS[right]})

    if caller == "admin":
        assert response.json()[right] == RIGHTS[right]
    else:
        assert response.status_code == HTTPStatus.FORBIDDEN
        assert stored() == before


@pytest.mark.parametrize("caller", ["owner", "admin"])
def test_an_address_is_written_by_nobody(caller: str, clients: dict[str, Client], member: User) -> None:
    before = stored()
    response = clients[caller].patch(f"/api/v1/users/{member.pk}/account", {"email": "another@example.com"})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert [(each["pointer"], each["code"]) for each in response.json()["errors"]] == [("#/email", "read_only")]
    assert stored() == before


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_an_unknown_field_is_refused_and_nothing_is_written(
    operation: Operation, admin_client: Client, member: User
) -> None:
    post, foreign = make_post(member), foreign_to(operation)
    before = stored()
    response = send(admin_client, operation, post, {**WRITTEN[str(operation)], **dict.fromkeys(foreign, "admin")})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    errors = {(each["pointer"], each["code"]) for each in response.json()["errors"]}
    assert errors == {(f"#/{name}", "unknown_field") for name in foreign}
    assert stored() == before


@pytest.mark.parametrize("client", ["app", "browser"])
def test_signing_up_at_the_sign_in_api_takes_no_rights_either(client: str, api_client: Client, db: None) -> None:
    make_user()
    before, rights = stored(), {"role": "admin", "is_active": True, "email_verified": True, "is_staff": True}
    response = api_client.post(f"/api/auth/{client}/v1/auth/signup", {**WRITTEN["POST users-list"], **rights})

    assert {each["pointer"] for each in response.json()["errors"]} == {f"#/{name}" for name in rights}
    assert stored() == before
