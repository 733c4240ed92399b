"""Which members there are, and who may see and who may write them.

Operations come from the URL configuration and members from the serializers; a test compares them with these tables.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import resolve, reverse

from posts.models import Post
from tests.client import Client
from tests.test_permissions import Operation, operations
from users.models import User

PROFILE = "id username display_name bio date_joined"
POST = (
    "id slug title body excerpt status published_at author.id author.username author.display_name tags created_at"
    " updated_at"
)

# What is shown, and it is shown to everyone whom test_permissions.py lets read.
SHOWN: dict[str, str] = {
    "GET posts-list": POST,
    "GET posts-detail": POST,
    "GET tags-list": "slug post_count",
    "GET users-list": PROFILE,
    "GET users-detail": PROFILE,
    "GET users-account": f"{PROFILE} email email_verified role is_active last_login",
}

SOMEBODY, LONG_AGO = "01890000-0000-7000-8000-000000000000", "2001-02-03T04:05:06.000000Z"
OF_A_POST = {
    "title": "Another title",
    "body": "Another body",
    "slug": "another",
    "excerpt": "x",
    "tags": ["another"],
    "published_at": None,
    "status": "draft",
}
OF_A_PROFILE = {"username": "another", "display_name": "Another", "bio": "Another life."}

# What everyone may write whom test_permissions.py lets write: members, each with another value than it has.
WRITTEN: dict[str, dict[str, Any]] = {
    "POST posts-list": OF_A_POST,
    "PUT posts-detail": OF_A_POST,
    "PATCH posts-detail": OF_A_POST,
    "POST users-list": {**OF_A_PROFILE, "email": "another@example.com", "password": "correct-horse-battery"},
    "PUT users-detail": OF_A_PROFILE,
    "PATCH users-detail": OF_A_PROFILE,
    "PATCH users-account": {},
}
REQUIRED = {
    "POST posts-list": ("title", "body"),
    "PUT posts-detail": ("title", "body"),
    "POST users-list": ("username", "email", "password"),
    "PUT users-detail": ("username",),
}

SERVERS_OWN = {
    "id": SOMEBODY,
    "author": {"id": SOMEBODY, "username": "another", "display_name": "Another"},
    "created_at": LONG_AGO,
    "updated_at": LONG_AGO,
}
SERVERS_OWN_OF_A_USER = {"id": SOMEBODY, "date_joined": LONG_AGO}
# What may be sent along, and is written for nobody.
IGNORED: dict[str, dict[str, Any]] = {
    "POST posts-list": SERVERS_OWN,
    "PUT posts-detail": SERVERS_OWN,
    "PATCH posts-detail": SERVERS_OWN,
    "PUT users-detail": SERVERS_OWN_OF_A_USER,
    "PATCH users-detail": SERVERS_OWN_OF_A_USER,
    "PATCH users-account": {
        **OF_A_PROFILE,
        **SERVERS_OWN_OF_A_USER,
        "email_verified": True,
        "last_login": LONG_AGO,
    },
}
# What is refused if it is another value than there is: an address to everyone, rights to all but other people's admins.
RIGHTS: dict[str, Any] = {"role": "editor", "is_active": False}
REFUSED: dict[str, dict[str, Any]] = {"PATCH users-account": {"email": "another@example.com", **RIGHTS}}

# What no operation takes: names by which other frameworks know rights and owners, beside all columns and relations.
FOREIGN = frozenset(
    "is_staff is_superuser is_admin admin roles groups permissions user_permissions scope owner user user_id author_id"
    " verified is_verified password_hash hashed_password pk _state __class__ __proto__ constructor".split()
)

READS = [operation for operation in operations() if str(operation) in SHOWN]
WRITES = [operation for operation in operations() if operation.method in {"POST", "PUT", "PATCH"}]


def serializer_of(operation: Operation) -> Any:
    """What the operation reads a body by; one that takes none, what it shows by."""
    handler: Any = resolve(reverse(operation.name, args=[SOMEBODY] if _takes_key(operation) else [])).func
    view, action = handler.cls(), handler.actions[operation.method.lower()]
    return view.input_serializer_classes.get(action, view.serializer_class)()


def fields_of(serializer: Any, prefix: str = "") -> Iterator[str]:
    for name, field in serializer.fields.items():
        yield from fields_of(field, f"{name}.") if hasattr(field, "fields") else [prefix + name]


def fields_in(value: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, each in value.items():
        yield from fields_in(each, f"{name}.") if isinstance(each, dict) else [prefix + name]


def foreign_to(operation: Operation) -> set[str]:
    fields = [*User._meta.get_fields(), *Post._meta.get_fields()]
    columns = {name for field in fields for name in (field.name, getattr(field, "attname", field.name))}
    return (columns | FOREIGN) - set(serializer_of(operation).fields)


def send(client: Client, operation: Operation, post: Post, body: Any = None) -> Any:
    """The answer of the operation on the post, or on its author."""
    key = post.pk if operation.name == "posts-detail" else post.author_id
    url = reverse(operation.name, args=[key] if _takes_key(operation) else [])
    return getattr(client, operation.method.lower())(url, body)


def _takes_key(operation: Operation) -> bool:
    return operation.name in {"posts-detail", "users-detail", "users-account"}
