"""Writes to accounts, each in one transaction."""

from datetime import datetime
from typing import Any, Protocol

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from api_project.db import changes
from api_project.journal.recording import record_deletion
from users.addresses import canonical_address
from users.models import RefreshToken, Session, User
from users.provider_accounts import delete_provider_accounts
from users.tokens.models import PersonalAccessToken

PERSONAL_RECORDS = (EmailAddress, UserSession, Authenticator)


class OnAccountClosed(Protocol):
    def __call__(self, *, user: User, at: datetime) -> None: ...


_on_account_closed: list[OnAccountClosed] = []


def on_account_closed(callback: OnAccountClosed) -> None:
    """Register a callback of another app. It runs whenever an account closes, in the same transaction."""
    _on_account_closed.append(callback)


@transaction.atomic
def sign_up(
    *,
    username: str,
    email: str,
    password_hash: str,
    display_name: str = "",
    bio: str = "",
    is_confirmed: bool = False,
    at: datetime,
) -> User:
    """Create an account and send a mail to confirm its address, unless it is confirmed already.

    Raises IntegrityError if the username or the address is taken, ValidationError if the address has no canonical form.

    If confirmation is mandatory, the account only claims the address and has none until it is confirmed. So the
    response is the same if another account has the address already; then the mail says so instead.
    """
    is_claim = settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not is_confirmed
    profile = {"username": username.lower(), "display_name": display_name, "bio": bio, "date_joined": at}
    email = canonical_address(email)
    user = User(**profile, email="" if is_claim else email, password=password_hash)
    changes.create(user, at=at)
    address = EmailAddress.objects.create(user=user, email=email, primary=True, verified=is_confirmed)
    if settings.ACCOUNT_EMAIL_VERIFICATION != "none" and not is_confirmed:
        address.send_confirmation(signup=True)
    return user


def is_address_confirmed(user: User) -> bool:
    """True if the account's own address was confirmed, so that its owner is known to have created the account."""
    confirmed: bool = EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()
    return confirmed


def is_taken(address: EmailAddress) -> bool:
    """True if another account has this address."""
    return is_address_taken(address.email, by_other_than=address.user_id)


def is_address_taken(email: str, *, by_other_than: Any = None) -> bool:
    """True if an account has this canonical address, apart from one with this id."""
    return User.objects.filter(email=email).exclude(pk=by_other_than).exists()


@transaction.atomic
def change_account(
    *, user: User, role: str | None = None, is_active: bool | None = None, at: datetime | None = None
) -> User:
    """Change the role or `is_active`. Deactivation revokes all sessions; reactivation does not bring them back.

    Raises User.DoesNotExist if the account was closed in the meantime.
    """
    locked = User.objects.open().select_for_update().get(pk=user.pk)
    was_active = locked.is_active
    with changes.recorded_change(locked, at=at or timezone.now()):
        locked.role = locked.role if role is None else role
        locked.is_active = was_active if is_active is None else is_active
        locked.save(update_fields=("role", "is_active"))
    if was_active and not locked.is_active:
        end_sessions(user=locked)
    return locked


@transaction.atomic
def change_address(*, user: User, email: str, verified: bool, at: datetime) -> User:
    """Give the account another address on behalf of an admin, and tell the old one.

    The account's other addresses go, those that wait for a confirmation included. An unverified address gets a mail to
    confirm it; where that is mandatory, the user cannot sign in until then.

    Raises User.DoesNotExist if the account was closed in the meantime, IntegrityError if the address is taken,
    ValidationError if it has no canonical form.
    """
    locked = User.objects.open().select_for_update().get(pk=user.pk)
    before = locked.email
    with changes.recorded_change(locked, at=at):  # The profile may become public, or cease to be.
        locked.email = canonical_address(email)
        locked.save(update_fields=("email",))
        EmailAddress.objects.filter(user=locked).delete()
        address = EmailAddress.objects.create(user=locked, email=locked.email, primary=True, verified=verified)
    if not verified and settings.ACCOUNT_EMAIL_VERIFICATION != "none":
        address.send_confirmation()
    if before and before != locked.email:
        # The mail has no address of the admin's network: an account that needs help may be in wrong hands.
        told = {
            "from_email": before,
            "to_email": locked.email,
            "ip": "–",
            "user_agent": _("changed by an administrator"),
        }
        get_adapter().send_notification_mail("account/email/email_changed", locked, told, email=before)
    return locked


@transaction.atomic
def end_sessions(*, user: User, keep: str | None = None) -> None:
    """Revoke the user's sessions and pending sign-ins, except the session with the key `keep`.

    Without `keep`, also revoke the personal access tokens. The lock waits for one that is being created.

    Also delete unconfirmed addresses. A thief with a revoked session may have added one, and confirming it later would
    make it the account's own.
    """
    if keep is None:
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        PersonalAccessToken.objects.filter(user=user).delete()
    Session.objects.filter(user=user).exclude(pk=keep).revoke()
    EmailAddress.objects.filter(user=user, verified=False, primary=False).exclude(email=user.email).delete()
    UserSession.objects.filter(user=user).exclude(session_key=keep).delete()


@transaction.atomic
def close_account(*, user: User, at: datetime) -> None:
    """Erase the user's personal data. The row stays. Does nothing if the account is closed already.

    The lock waits for the user's writes in progress, so that their data are erased, too.
    """
    locked = User.objects.open().select_for_update().filter(pk=user.pk).first()
    if locked is None:
        return
    record_deletion(locked, at=at)
    locked.anonymise(at=at)
    end_sessions(user=locked)
    for model in PERSONAL_RECORDS:
        model.objects.filter(user=locked).delete()
    delete_provider_accounts([locked.pk])
    # The admin's history holds the account's username.
    history = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(locked.pk))
    history.update(object_repr=str(locked))
    for callback in _on_account_closed:
        callback(user=locked, at=at)


def prune(*, at: datetime) -> int:
    """Delete expired rows, and rows that a request wrote while their account was closed. Returns the number of rows."""
    expired: list[QuerySet[Any]] = [
        RefreshToken.objects.filter(expires_at__lte=at),
        Session.objects.filter(expire_date__lte=at),
        PersonalAccessToken.objects.filter(expires_at__lte=at),
        UserSession.objects.filter(~Exists(Session.objects.filter(pk=OuterRef("session_key")))),
        *(model.objects.filter(user__closed_at__isnull=False) for model in PERSONAL_RECORDS),
    ]
    closed = User.objects.filter(closed_at__isnull=False).values("pk")
    deleted = _delete_expired_signups(at=at) + delete_provider_accounts(closed)
    return deleted + sum(rows.delete()[0] for rows in expired)


@transaction.atomic
def _delete_expired_signups(*, at: datetime) -> int:
    """Delete them with their addresses. They are locked first, so that none is confirmed in the meantime."""
    locked = list(User.objects.expired_signups(at=at).select_for_update(of=("self",)).order_by("pk"))
    for user in locked:
        record_deletion(user, at=at)
    keys = [user.pk for user in locked]
    return delete_provider_accounts(keys) + User.objects.filter(pk__in=keys).delete()[0]
