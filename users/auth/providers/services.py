"""Writes to accounts by which users sign in at providers, each in one transaction."""

from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from users.models import User
from users.services import is_address_confirmed, sign_up


class UnconfirmedAddress(Exception):
    """The account's address is not confirmed, so that it may belong to another person."""


@transaction.atomic
def connect(*, user: User, account: SocialAccount) -> None:
    """Let the user sign in by this account. Raises IntegrityError if it is connected already.

    Raises User.DoesNotExist if the user was deactivated or closed in the meantime, UnconfirmedAddress if a reset of the
    password would disconnect the account. The lock makes closing and resetting wait.
    """
    account.user = User.objects.open().select_for_update().get(pk=user.pk, is_active=True)
    if not is_address_confirmed(account.user):
        raise UnconfirmedAddress
    account.save(force_insert=True)


@transaction.atomic
def sign_up_by_provider(*, account: SocialAccount, at: datetime, **profile: Any) -> User:
    """Sign up as `sign_up` does, with a connected account. Raises IntegrityError if it is connected already."""
    user = sign_up(**profile, at=at)
    account.user = user
    account.save(force_insert=True)
    return user
