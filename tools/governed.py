"""The base of every model that the policy snapshot reads: any write through the ORM moves the revision.

`save`, `delete` and fixtures reach the revision through signals; what sends none (`update`, `bulk_create`,
`bulk_update`) is overridden here. Each write, its history record and its move are one transaction: a snapshot never
shows half of it. Writers take turns at the revision row, so that a check over several rows holds until the commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, ClassVar, Final, TypeVar

from django.apps import apps as global_apps
from django.db import models, transaction
from django.db.models.signals import post_delete, post_migrate, post_save
from django.dispatch import Signal
from django.utils import timezone

M = TypeVar("M", bound="GovernedModel")

_SIGNATURE: Final[ContextVar[tuple[Any, str]]] = ContextVar("signature", default=(None, ""))

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


@contextmanager
def signed(user: Any, reason: str) -> Iterator[None]:
    """Say who writes and why, for the history of writes that touch no instance (`update`)."""
    token = _SIGNATURE.set((user, reason))
    try:
        yield
    finally:
        _SIGNATURE.reset(token)


class GovernedQuerySet(models.QuerySet[M]):
    """A query set whose writes move the revision and leave history, in one transaction with both."""

    def update(self, **kwargs: Any) -> int:
        """As Django's, and moves the revision; each row leaves a history record, a new secret its moment."""
        for secret, moment in self.model.secrets.items():
            if secret in kwargs:
                kwargs.setdefault(moment, timezone.now())
        with governed_write(self.db):
            touched = list(self.order_by().values_list("pk", flat=True))
            changed = super().update(**kwargs)
            _record(self.model, touched, self.db, update=True, signature=_SIGNATURE.get())
            move_revision(self.db)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """As Django's, with validation of each row, and moves the revision; no row may stand in the way."""
        if any(args[1:3]) or kwargs.get("ignore_conflicts") or kwargs.get("update_conflicts"):
            raise TypeError("Which rows this wrote could not be told in the history: save them one by one.")
        rows = list(objs)
        with governed_write(self.db):
            for row in rows:
                row.stamp_secrets()
                row.full_clean(validate_unique=False, validate_constraints=False)  # the database holds those
            created = super().bulk_create(rows, *args, **kwargs)
            _record(self.model, [row.pk for row in created], self.db, update=False)
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


def _record(
    model: type[models.Model], keys: list[Any], using: str, *, update: bool, signature: tuple[Any, str] = (None, "")
) -> None:
    """Write the history that simple-history does not: it follows signals, and these writes send none."""
    user, reason = signature
    rows = list(model._default_manager.using(using).filter(pk__in=keys))
    history: Any = getattr(model, "history", None)
    if rows and history is not None:
        history.bulk_history_create(rows, update=update, default_user=user, default_change_reason=reason or None)


class GovernedModel(models.Model):
    """A row of which the policy snapshot is made; `save` refuses what `full_clean` refuses."""

    secrets: ClassVar[Mapping[str, str]] = {}
    """Columns that no history holds, and for each the column that holds the moment of its last change."""

    objects = GovernedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Validate, save and move the revision as one transaction."""
        with governed_write(kwargs.get("using")):
            stamped = self.stamp_secrets()
            self.full_clean()
            if kwargs.get("update_fields") is None:
                super().save(*args, **kwargs)
                return
            kwargs["update_fields"] = {*kwargs["update_fields"], *stamped}
            self._save_some(*args, **kwargs)

    def _save_some(self, *args: Any, **kwargs: Any) -> None:
        """Save some fields; the history tells what is stored then, not what else this instance holds."""
        vars(self)["skip_history_when_saving"] = True
        try:
            super().save(*args, **kwargs)
        finally:
            del vars(self)["skip_history_when_saving"]
        signature = getattr(self, "_history_user", None), getattr(self, "_change_reason", None) or ""
        _record(type(self), [self.pk], self._state.db or "default", update=True, signature=signature)

    def stamp_secrets(self) -> list[str]:
        """Set the moments of secrets that differ from what is stored, unless the caller did; gives their columns."""
        moved = []
        for secret, moment in self.secrets.items():
            stored = type(self)._default_manager.filter(pk=self.pk).values_list(secret, moment).first()
            before, since = stored or ("", None)
            if getattr(self, secret) != before and getattr(self, moment) == since:
                setattr(self, moment, timezone.now())
                moved.append(moment)
        return moved

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete and move the revision as one transaction."""
        with governed_write(kwargs.get("using")):
            return super().delete(*args, **kwargs)


def _moved(sender: type[models.Model], using: str, **_: Any) -> None:
    if issubclass(sender, GovernedModel):
        move_revision(using)


def _loaded(sender: type[models.Model], instance: Any, using: str, **told: Any) -> None:
    """`manage.py loaddata` writes rows as they are, of which simple-history keeps no record."""
    if told["raw"] and issubclass(sender, GovernedModel):
        _record(sender, [instance.pk], using, update=not told["created"], signature=(None, "loaddata"))


def _ensure_revision(sender: Any, using: str, apps: Any = global_apps, **_: Any) -> None:
    """`manage.py flush` empties every table and then sends this signal; the row must outlive it."""
    if sender.label == Revision._meta.app_label:
        with suppress(LookupError):  # migrated back to where the table was not yet
            apps.get_model(sender.label, "Revision").objects.using(using).get_or_create(pk=1)


post_save.connect(_moved, dispatch_uid="tools.governed.saved")
post_save.connect(_loaded, dispatch_uid="tools.governed.loaded")
post_delete.connect(_moved, dispatch_uid="tools.governed.deleted")
post_migrate.connect(_ensure_revision, dispatch_uid="tools.governed.migrated")
