"""Every write to portal profiles by people and commands, and the way from a row to the data plane's `Profile`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.dispatch import Signal
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from tools.governed import governed_write, signed
from tools.models import CallerAccount, PortalProfile
from tools.profile import NO_ACCOUNTS, Profile
from tools.sealing import seal

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

LONGEST_PASSWORD = 1000

portal_name_released = Signal()
"""Asked with `name` before a portal's name goes away; receivers answer with lists of what still uses it."""

_NOT_CONNECTION = frozenset({"name", "revision", "enabled", "default", "accounts", "account_claim", "tenant_claim"})
_CONNECTION = tuple(field.name for field in fields(Profile) if field.name not in _NOT_CONNECTION)
_COPIED = tuple(field.name for field in fields(Profile) if field.name not in {"revision", "accounts"})


def as_profile(row: PortalProfile) -> Profile:
    """The row as the data plane knows it.

    The revision is a digest of everything a session depends on, so that a change by any way of writing makes a new
    pool key. Of the password it is the moment it was set, which every way of writing moves (`stamp_secrets`) and only
    the rotation of keys leaves: there the password is the same, and sessions go on. Who is which account is no part
    of it: a session is bound to its account, and a caller who is another one now gets another session.
    """
    accounts = MappingProxyType({each.subject: each.account for each in row.accounts.all()}) if row.pk else NO_ACCOUNTS
    return replace(without_accounts(row), accounts=accounts)


def without_accounts(row: PortalProfile) -> Profile:
    """As `as_profile`, but with an empty table of callers' accounts: for its own account's work, without a query."""
    values_of = {name: getattr(row, name) for name in _CONNECTION}
    if row.password_set_at is not None:
        values_of["sealed_password"] = row.password_set_at.isoformat()
    connection = json.dumps(list(values_of.items()), ensure_ascii=True)
    revision = int.from_bytes(hashlib.sha256(connection.encode("ascii")).digest()[:7], "big")
    return Profile(revision=revision, **{name: getattr(row, name) for name in _COPIED})


def users_of_portal(name: str) -> list[str]:
    """What still names this portal, such as `policy Readers`."""
    answers: list[tuple[Any, Any]] = portal_name_released.send(sender=PortalProfile, name=name)
    return sorted(user for _, users in answers for user in users)


def check_profile(row: PortalProfile) -> None:
    """Refuse a new name while the old one is in use; raises `ValidationError`."""
    old = PortalProfile.objects.filter(pk=row.pk).values_list("name", flat=True).first()
    if old is not None and old != row.name and (users := users_of_portal(old)):
        raise ValidationError({"name": f"{old} is named by {', '.join(users)}: change these first."})


@sensitive_variables("password")
def save_profile(
    row: PortalProfile, *, password: str | None = None, user: AbstractBaseUser | None = None, reason: str = ""
) -> PortalProfile:
    """Validate and save; `password` None keeps the stored one. A new default takes the mark from the old one."""
    with governed_write():
        check_profile(row)
        if password is not None:
            set_password(row, password)
        else:
            _keep_password(row)
        if row.default:
            with signed(user, f"{row.name} is the default now"):
                PortalProfile.objects.filter(default=True).exclude(pk=row.pk).update(default=False)
        sign(row, user, reason)
        row.save()
    return row


def _keep_password(row: PortalProfile) -> None:
    """Take what is stored now: since the row was read, another one may have been set, or its seal renewed."""
    stored = PortalProfile.objects.filter(pk=row.pk).values_list("sealed_password", "password_set_at").first()
    if stored is not None:
        row.sealed_password, row.password_set_at = stored


@sensitive_variables("password")
def set_password(row: PortalProfile, password: str) -> None:
    """Seal a password into the row, unsaved; raises `ValidationError` for one that cannot be."""
    if not password or len(password) > LONGEST_PASSWORD or "\x00" in password:
        raise ValidationError({"password": f"Enter a password of 1 to {LONGEST_PASSWORD} characters."})
    row.sealed_password = seal(password)
    row.password_set_at = timezone.now()


def save_account(row: CallerAccount, *, user: AbstractBaseUser | None = None, reason: str = "") -> CallerAccount:
    """Validate and save an entry of a profile's table; raises `ValidationError` by field."""
    with governed_write():
        sign(row, user, reason)
        row.save()
    return row


def delete_account(row: CallerAccount, *, user: AbstractBaseUser | None = None, reason: str = "") -> None:
    """Delete an entry: from the next call on, its subject is nobody on this portal, unless a claim says who."""
    with governed_write():
        sign(row, user, reason)
        row.delete()


def set_accounts(
    profile: PortalProfile, wanted: Mapping[str, str], *, user: AbstractBaseUser | None = None, reason: str = ""
) -> bool:
    """Make a saved profile's table exactly `wanted` (subject to account); whether that changed anything."""
    with governed_write():
        stored = {row.subject: row for row in CallerAccount.objects.filter(profile=profile)}
        gone = [row for subject, row in stored.items() if subject not in wanted]
        for row in gone:
            delete_account(row, user=user, reason=reason)
        changed = [
            stored.get(subject) or CallerAccount(profile=profile, subject=subject)
            for subject, account in wanted.items()
            if subject not in stored or stored[subject].account != account
        ]
        for row in changed:
            row.account = wanted[row.subject]
            save_account(row, user=user, reason=reason)
    return bool(gone or changed)


def delete_profile(row: PortalProfile, *, user: AbstractBaseUser | None = None, reason: str = "") -> None:
    """Delete a profile that nothing names; raises `ValidationError` that lists its users."""
    with governed_write():
        if users := users_of_portal(row.name):
            raise ValidationError(f"{row.name} is named by {', '.join(users)}: change these first.")
        sign(row, user, reason)
        row.delete()


def sign(row: Any, user: AbstractBaseUser | None, reason: str) -> None:
    """Note for the history who changes a row and why."""
    if user is not None:
        row._history_user = user
    row._change_reason = reason[:100] or None
