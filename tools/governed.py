"""The base of every model that the policy snapshot reads: any write through the ORM moves the revision.

`save`, `delete` and fixtures reach the revision through signals; what sends none (`update`, `bulk_create`,
`bulk_update`) is overridden here. Each write, its history record and its move are one transaction: a snapshot never
shows half of it. Writers take turns at the revision row, so that a check over several rows holds until the commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from django.apps import apps as global_apps
from django.db import models, transaction
from django.db.models.signals import post_delete, post_migrate, post_save
from django.dispatch import Signal
from django.utils import timezone

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
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.number)


@contextmanager
def governed_write(using: str | None = None) -> Iterator[None]:
    """One transaction in which nobody else changes profiles, scopes or policies; waits for its turn."""
    with transaction.atomic(using=using):
        # SQLite has no row locks and needs none: its transactions begin IMMEDIATE.
        list(Revision.objects.using(using).select_for_update().filter(pk=1).values_list("number"))
        yield


def move_revision(using: str | None = None) -> None:
    """Move the revision by one, inside the caller's transaction."""
    row = Revision.objects.using(using).filter(pk=1)
    if not row.update(number=models.F("number") + 1, moved_at=timezone.now()):
        raise RuntimeError("The policy revision row is missing; run `manage.py migrate`.")
    transaction.on_commit(_announce, using=using)


def _announce() -> None:
    revision_moved.send(sender=Revision)


class GovernedQuerySet(models.QuerySet[M]):
    """A query set whose writes move the revision and leave history, in one transaction with both."""

    def update(self, **kwargs: Any) -> int:
        """As Django's, and moves the revision; each row leaves a history record."""
        with governed_write(self.db):
            touched = list(self.order_by().values_list("pk", flat=True))
            changed = super().update(**kwargs)
            self._record(touched, update=True)
            move_revision(self.db)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """As Django's, with validation of each row, and moves the revision."""
        rows = list(objs)
        with governed_write(self.db):
            for row in rows:
                row.full_clean(validate_unique=False, validate_constraints=False)  # the database holds those
            created = super().bulk_create(rows, *args, **kwargs)
            self._record([row.pk for row in created if row.pk is not None], update=False)
            move_revision(self.db)
        return created

    def bulk_update(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> int:
        """As Django's (which calls `update`), with validation, and moves the revision even for no rows."""
        rows = list(objs)
        with governed_write(self.db):
            for row in rows:
                row.full_clean(validate_unique=False, validate_constraints=False)
            changed = super().bulk_update(rows, *args, **kwargs)
            move_revision(self.db)
        return changed

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's, in one transaction; the signal of each row moves the revision."""
        with governed_write(self.db):
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _record(self, keys: list[Any], *, update: bool) -> None:
        """Write the history that simple-history does not: it follows signals, and these writes send none."""
        rows = list(self.model._default_manager.using(self.db).filter(pk__in=keys))
        history: Any = getattr(self.model, "history", None)
        if rows and history is not None:
            history.bulk_history_create(rows, update=update)


class GovernedModel(models.Model):
    """A row of which the policy snapshot is made; `save` refuses what `full_clean` refuses."""

    objects = GovernedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Validate, save and move the revision as one transaction."""
        with governed_write(kwargs.get("using")):
            self.full_clean()
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete and move the revision as one transaction."""
        with governed_write(kwargs.get("using")):
            return super().delete(*args, **kwargs)


def _moved(sender: type[models.Model], using: str, **_: Any) -> None:
    if issubclass(sender, GovernedModel):
        move_revision(using)


def _ensure_revision(sender: Any, using: str, apps: Any = global_apps, **_: Any) -> None:
    """`manage.py flush` empties every table and then sends this signal; the row must outlive it."""
    if sender.label == Revision._meta.app_label:
        with suppress(LookupError):  # migrated back to where the table was not yet
            apps.get_model(sender.label, "Revision").objects.using(using).get_or_create(pk=1)


post_save.connect(_moved, dispatch_uid="tools.governed.saved")
post_delete.connect(_moved, dispatch_uid="tools.governed.deleted")
post_migrate.connect(_ensure_revision, dispatch_uid="tools.governed.migrated")
