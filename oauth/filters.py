"""Filters and search of the list of policies; lists are compared here, since each database spells JSON its own way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone

from oauth.models import Policy
from tools.catalogue import CATALOGUE
from tools.spec import PREFIX

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

LISTS: Final = ("scopes", "tools", "toolsets", "portals", "tenants", "paths", "subjects", "clients", "organizations")
SEARCHED: Final = ("name", "description", *LISTS, "except_subjects")
Row = dict[str, Any]


def rows(request: HttpRequest) -> list[Row]:
    """Every policy's texts and lists, read once for all filters of a request."""
    found: list[Row] | None = getattr(request, "_policy_rows", None)
    if found is None:
        found = list(Policy.objects.order_by().values("pk", *SEARCHED))
        request._policy_rows = found  # type: ignore[attr-defined]  # kept as long as the request
    return found


def found_by(request: HttpRequest, queryset: QuerySet[Policy], term: str) -> QuerySet[Policy]:
    """Policies that hold every word somewhere, whatever the case."""
    words = term.casefold().split()
    if not words:
        return queryset
    keys = [row["pk"] for row in rows(request) if all(_holds(row, word) for word in words)]
    return queryset.filter(pk__in=keys)


def _holds(row: Row, word: str) -> bool:
    texts = (text for field in SEARCHED for text in (row[field] if isinstance(row[field], list) else [row[field]]))
    return any(word in str(text).casefold() for text in texts)


class ChoiceFilter(admin.SimpleListFilter):
    """A filter that is a labelled select, so that long lists stay short and the keyboard reaches it."""

    template = "oauth/choice_filter.html"

    def has_output(self) -> bool:
        """Shown even when there is only one choice: an empty answer is an answer."""
        return True


class EffectFilter(ChoiceFilter):
    """Allow or deny."""

    title, parameter_name = "effect", "effect"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two effects."""
        return [(value, str(label)) for value, label in Policy.Effect.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Policy]) -> QuerySet[Policy]:
        """Those with the chosen effect."""
        return queryset.filter(effect=self.value()) if self.value() else queryset


class ValidityFilter(ChoiceFilter):
    """How it stands with the time, and with the switch."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Each policy is in one of these."""
        return [
            ("now", "in force now"),
            ("later", "enabled, begins later"),
            ("over", "enabled, its time is over"),
            ("disabled", "disabled"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Policy]) -> QuerySet[Policy]:
        """Those in the chosen state."""
        now = timezone.now()
        later, over = Q(valid_from__gt=now), Q(valid_until__lte=now)
        states = {
            "now": Q(enabled=True) & ~_known(later, "valid_from") & ~_known(over, "valid_until"),
            "later": Q(enabled=True) & later,
            "over": Q(enabled=True) & over,
            "disabled": Q(enabled=False),
        }
        return queryset.filter(states[self.value() or ""]) if self.value() in states else queryset


def _known(condition: Q, column: str) -> Q:
    """A condition that is false, not unknown, where the column is empty; its negation would be unknown too."""
    return condition & Q(**{f"{column}__isnull": False})


class NamesFilter(ChoiceFilter):
    """Policies that concern a name; the choices are the names that policies use."""

    columns: ClassVar[tuple[str, ...]] = ()

    def names(self, request: HttpRequest) -> Iterable[str]:
        """The choices."""
        return {name for row in rows(request) for column in self.columns for name in row[column]} - {"*"}

    def concerns(self, row: Row, name: str) -> bool:
        """Whether the policy of `row` is about `name`."""
        return any(name in row[column] for column in self.columns)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The names, sorted."""
        return [(name, self.label(name)) for name in sorted(self.names(request))]

    def label(self, name: str) -> str:
        """A choice as shown."""
        return name

    def queryset(self, request: HttpRequest, queryset: QuerySet[Policy]) -> QuerySet[Policy]:
        """Those that concern the chosen name."""
        name = self.value()
        if not name:
            return queryset
        return queryset.filter(pk__in=[row["pk"] for row in rows(request) if self.concerns(row, name)])


class ScopeFilter(NamesFilter):
    """Policies that name a scope."""

    title, parameter_name, columns = "scope", "scope", ("scopes",)


class PortalFilter(NamesFilter):
    """Policies that hold at a portal, by its name or by `*`."""

    title, parameter_name, columns = "portal (* included)", "portal", ("portals",)

    def concerns(self, row: Row, name: str) -> bool:
        """By name, or because it holds everywhere."""
        return name in row["portals"] or "*" in row["portals"]


class ToolFilter(NamesFilter):
    """Policies that cover a tool: by its name, by its toolset or by `*`; or that name a toolset."""

    title, parameter_name = "tool or toolset", "tool"

    def names(self, request: HttpRequest) -> Iterable[str]:
        """Every tool and toolset there is."""
        return {*CATALOGUE, *(str(spec.toolset) for spec in CATALOGUE.values())}

    def label(self, name: str) -> str:
        """A tool without its prefix, a toolset called one."""
        return name.removeprefix(PREFIX) if name in CATALOGUE else f"toolset {name}"

    def concerns(self, row: Row, name: str) -> bool:
        """Whether the tool is covered, or the toolset named."""
        if name not in CATALOGUE:
            return name in row["toolsets"]
        return "*" in row["tools"] or name in row["tools"] or str(CATALOGUE[name].toolset) in row["toolsets"]
