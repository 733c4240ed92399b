"""The registry entries of profiles, sign-ups and accounts, for tests of every operation."""

from tests.factories import PASSWORD
from tests.resources import EVERYONE, Resource
from users.models import User

THEMSELVES = ("owner", "admin")
PROFILE = "id username display_name bio date_joined"
ACCOUNT = f"{PROFILE} email email_verified role is_active last_login"


def be(user: User) -> User:
    """A profile or an account belongs to the user that it describes."""
    return user


WRITABLE = {"username": "another", "display_name": "Another", "bio": "Another life."}
NEWCOMER = {"username": "newcomer", "email": "newcomer@example.com", "password": PASSWORD}

USERS = Resource(
    access_scope="account",
    callers={
        "/api/v1/users": {"GET": EVERYONE},
        "/api/v1/users/{id}": {"GET": EVERYONE, "PUT": THEMSELVES, "PATCH": THEMSELVES, "DELETE": THEMSELVES},
    },
    factory=be,
    fields=PROFILE,
    body={"username": "renamed"},
    writable=WRITABLE,
    read_only="id date_joined",
    admin_form={
        "username": ["new-one"],
        "email": ["new@example.com"],
        "password1": [PASSWORD],
        "password2": [PASSWORD],
        "role": ["member"],
    },
)

SIGN_UP = Resource(
    access_scope="account",
    callers={"/api/v1/users": {"POST": ("anonymous", "admin")}},
    factory=be,
    fields=ACCOUNT,
    body=NEWCOMER,
    writable={**WRITABLE, "email": "another@example.com", "password": "correct-horse-battery"},
)

ACCOUNTS = Resource(
    access_scope="account",
    callers={"/api/v1/users/{id}/account": {"GET": THEMSELVES, "PATCH": THEMSELVES}},
    factory=be,
    fields=ACCOUNT,
    read_only=f"{PROFILE} email_verified last_login",
    refused="email role is_active",
)
