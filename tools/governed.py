"""The base of every model that the policy snapshot reads: any write through the ORM moves the revision.

`save`, `delete` and fixtures reach the revision through signals; what sends none (`update`, `bulk_create`,
`bulk_update`) is overridden here. Each write and its move are one transaction: a snapshot never shows half of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal

M = TypeVar("M", bound=models.Model)

revision_moved = Signal()
"""Sent in the process that moved the revision, after its transaction was committed."""


class Revision(models.Model):
    """The number that moves with every change to profiles, scopes or policies; one row, made by a migration."""

    number = models.BigIntegerField(default=1)
    moved_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "tools"
        verbose_name = "policy revision"

    def __str__(self) -> str:
        return str(self.number)


def move_revision(using: str | None = None) -> None:
    """Move the revision by one, inside the caller's transaction."""
    manager = Revision.objects.using(using) if using else Revision.objects
    if not manager.filter(pk=1).update(number=models.F("number") + 1):
        raise RuntimeError("The policy revision row is missing; run `manage.py migrate`.")
    transaction.on_commit(_announce, using=using)


def _announce() -> None:
    revision_moved.send(sender=Revision)


class GovernedQuerySet(models.QuerySet[M]):
    """A query set whose writes move the revision, in one transaction with it."""

    def update(self, **kwargs: Any) -> int:
        """As Django's, and moves the revision."""
        with transaction.atomic(using=self.db):
            changed = super().update(**kwargs)
            move_revision(self.db)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """As Django's, and moves the revision."""
        with transaction.atomic(using=self.db):
            created = super().bulk_create(objs, *args, **kwargs)
            move_revision(self.db)
        return created

    def bulk_update(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> int:
        """As Django's, and moves the revision even when there was nothing to change."""
        with transaction.atomic(using=self.db):
            changed = super().bulk_update(objs, *args, **kwargs)
            move_revision(self.db)
        return changed

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's, in one transaction; the signal of each row moves the revision."""
        with transaction.atomic(using=self.db):
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class GovernedModel(models.Model):
    """A row of which the policy snapshot is made."""

    objects = GovernedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save and move the revision as one transaction."""
        with transaction.atomic():
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete and move the revision as one transaction."""
        with transaction.atomic():
            return super().delete(*args, **kwargs)


def _moved(sender: type[models.Model], using: str, **_: Any) -> None:
    if issubclass(sender, GovernedModel):
        move_revision(using)


post_save.connect(_moved, dispatch_uid="tools.governed.saved")
post_delete.connect(_moved, dispatch_uid="tools.governed.deleted")
