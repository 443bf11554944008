"""Who still names a scope or a portal; a row in use cannot be renamed or deleted, by whatever way."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import receiver

from oauth.models import Policy, Scope
from tools.models import PortalProfile
from tools.services import portal_name_released


def users_of_scope(name: str) -> list[str]:
    """Policies and scopes that name a scope, such as `policy Readers`."""
    policies = [f"policy {row.name}" for row in Policy.objects.all() if name in row.scopes]
    return policies + [f"scope {row.name}" for row in Scope.objects.all() if name in row.implies]


@receiver(portal_name_released, dispatch_uid="oauth.uses.portal")
def users_of_portal(name: str, **_: Any) -> list[str]:
    """Policies that name a portal."""
    return [f"policy {row.name}" for row in Policy.objects.all() if name in row.portals]


def users(row: Scope | PortalProfile) -> list[str]:
    """Whatever names the row as it is stored."""
    stored = type(row)._default_manager.filter(pk=row.pk).values_list("name", flat=True).first()
    if stored is None:
        return []
    return users_of_scope(stored) if isinstance(row, Scope) else users_of_portal(stored)


@receiver(pre_delete, sender=Scope, dispatch_uid="oauth.uses.scope_deleted")
@receiver(pre_delete, sender=PortalProfile, dispatch_uid="oauth.uses.portal_deleted")
def refuse_deletion(instance: Scope | PortalProfile, **_: Any) -> None:
    """Raise `ValidationError` listing the users of a row that is about to go."""
    if found := users(instance):
        raise ValidationError(f"{instance.name} is named by {', '.join(found)}. Change these first.")


@receiver(pre_save, sender=Scope, dispatch_uid="oauth.uses.scope_renamed")
@receiver(pre_save, sender=PortalProfile, dispatch_uid="oauth.uses.portal_renamed")
def refuse_renaming(instance: Scope | PortalProfile, **_: Any) -> None:
    """Raise `ValidationError` listing the users of a row whose name is about to change."""
    stored = type(instance)._default_manager.filter(pk=instance.pk).values_list("name", flat=True).first()
    if stored is not None and stored != instance.name and (found := users(instance)):
        raise ValidationError({"name": f"{stored} is named by {', '.join(found)}. Change these first."})
