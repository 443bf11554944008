"""What history records tell: who changed which row when, field by field from what to what; secrets as `changed`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils.text import capfirst

from tools.governed import GovernedModel

LONGEST_SHOWN: Final = 160
ACTIONS: Final[Mapping[str, str]] = {"+": "added", "~": "changed", "-": "deleted"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: as shown to people, and for lists which entries came and went (empty when only their order did)."""

    field: str
    label: str
    before: str
    after: str
    is_list: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One history record, told."""

    record: int
    label: str
    kind: str
    key: int
    name: str
    action: str
    time: datetime
    who: str
    reason: str
    fields: tuple[FieldChange, ...]


def kinds() -> dict[str, type[GovernedModel]]:
    """Every model that keeps a history, by its label such as `oauth.policy`."""
    found = (model for model in apps.get_models() if issubclass(model, GovernedModel) and hasattr(model, "history"))
    return {model._meta.label_lower: model for model in found}


def values_of(row: models.Model, model: type[GovernedModel]) -> dict[str, Any]:
    """The values of a row, or of a history record of `model`, that the history keeps."""
    return {name: getattr(row, name) for name in tracked(model)}


def tracked(model: type[GovernedModel]) -> list[str]:
    """The columns that a history record of `model` holds, without its key."""
    history: Any = model
    return [field.attname for field in history.history.model.tracked_fields if not field.primary_key]


def field_changes(
    model: type[GovernedModel], before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[FieldChange, ...]:
    """What differs; `None` is a row that is not there. Times may be `datetime` or text."""
    return tuple(_differences(model, before or {}, after or {}))


def _differences(
    model: type[GovernedModel], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[FieldChange]:
    moments = {moment: secret for secret, moment in model.secrets.items()}
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        field: Any = model._meta.get_field(moments.get(name, name))
        label = capfirst(str(field.verbose_name))
        if name in moments:
            yield FieldChange(name, label, "", "changed" if old is not None and new is not None else _set(new))
        elif isinstance(old, list) or isinstance(new, list):
            if old or new:
                yield _list_change(name, label, _list(old), _list(new))
        elif (was := shown(field, old)) != (now := shown(field, new)):
            yield FieldChange(name, label, was, now)
        elif isinstance(old, str) and isinstance(new, str):
            yield FieldChange(name, label, was, f"{now} (changed further on)")


def _set(moment: Any) -> str:
    return "set" if moment is not None else "not set"


def _list(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _list_change(name: str, label: str, old: list[str], new: list[str]) -> FieldChange:
    added, removed = tuple(each for each in new if each not in old), tuple(each for each in old if each not in new)
    return FieldChange(name, label, ", ".join(old), ", ".join(new), is_list=True, added=added, removed=removed)


def shown(field: Any, value: Any) -> str:
    """A value as people read it; nothing is the empty text, a long text its beginning and its length."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return moment_text(value)
        case str() if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        case str() if len(value) > LONGEST_SHOWN:
            return f"{' '.join(value[:LONGEST_SHOWN].split())}… ({len(value)} characters)"
    return str(value)


def moment_text(moment: datetime) -> str:
    """Such as `2027-01-31 18:00 UTC`; seconds only where there are some."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%d %H:%M:%S} UTC" if utc.second or utc.microsecond else f"{utc:%Y-%m-%d %H:%M} UTC"


def told(model: type[GovernedModel], records: Iterable[Any]) -> list[Change]:
    """History records of one model in words, in their order; two queries, however many records."""
    rows = list(records)
    before = _before(model, rows)
    return [_told(model, row, before.get(row.history_id)) for row in rows]


def _before(model: type[GovernedModel], rows: list[Any]) -> dict[int, Any]:
    """For each record the one that tells what was before it, if it is kept."""
    history = history_of(model)
    earlier = history.filter(id=models.OuterRef("id"), history_id__lt=models.OuterRef("history_id"))
    pairs = dict(
        history.filter(history_id__in=[row.history_id for row in rows])
        .annotate(previous=models.Subquery(earlier.order_by("-history_id").values("history_id")[:1]))
        .values_list("history_id", "previous")
    )
    found = history.in_bulk([key for key in pairs.values() if key is not None])
    return {key: found[previous] for key, previous in pairs.items() if previous is not None}


def history_of(model: type[GovernedModel]) -> models.QuerySet[Any]:
    """The history records of a model, with nothing joined."""
    with_history: Any = model
    records: models.QuerySet[Any] = with_history.history.model.objects.all()
    return records


def _told(model: type[GovernedModel], row: Any, before: Any) -> Change:
    was = values_of(before, model) if before is not None else None
    match row.history_type:
        case "+":
            fields = field_changes(model, None, values_of(row, model))
        case "-":  # what was stored counts, not what the instance that was deleted held
            fields = field_changes(model, was or values_of(row, model), None)
        case _:
            fields = field_changes(model, was, values_of(row, model))
    user = row.history_user
    return Change(
        record=row.history_id,
        label=model._meta.label_lower,
        kind=str(model._meta.verbose_name),
        key=row.id,
        name=name_of(model, row),
        action=ACTIONS[row.history_type],
        time=row.history_date,
        who=user.get_username() if user is not None else "",
        reason=row.history_change_reason or "",
        fields=fields,
    )


def name_of(model: type[GovernedModel], row: Any) -> str:
    """What people call the row of this record; a kind without names says itself what it is."""
    if "name" in {field.name for field in model._meta.fields}:
        return str(row.name)
    values = {field.attname: getattr(row, field.attname) for field in model._meta.fields if hasattr(row, field.attname)}
    return str(model(**values))


@receiver(pre_delete, sender=User, dispatch_uid="tools.history.account_deleted")
def refuse_deletion(instance: User, **_: Any) -> None:
    """Raise `ValidationError`: an account that changed something is who the history names."""
    if has_history(instance):
        raise ValidationError(
            f"{instance.get_username()} is named by the history: switch off Active instead of deleting the account."
        )


def has_history(account: User) -> bool:
    """Whether any history record names the account."""
    return any(history_of(model).filter(history_user=account).exists() for model in kinds().values())
