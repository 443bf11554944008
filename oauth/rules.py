"""One policy, compiled: which dimension of a question it fails on, if any."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from oauth.patterns import PathGlob, Patterns
from tools.paths import deny_forms
from tools.spec import PREFIX, REACHING_BELOW, PathRole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oauth.principal import Principal
    from tools.spec import ToolSpec

READ_FILE: Final = f"{PREFIX}read_file"
READING_ROLES: Final = frozenset({PathRole.SOURCE, PathRole.SUBTREE})


class Effect(StrEnum):
    """What a policy does to the calls it matches."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked: None (or no paths, for a tool that takes some) means "some". `at` is Unix time in seconds."""

    tool: str
    portal: str | None
    tenant: str | None
    paths: tuple[tuple[PathRole, str], ...]
    at: float


FoldedPaths = tuple[tuple["PathRole", tuple[str, ...]], ...]


@dataclass(slots=True, eq=False)
class Question:
    """A call by a principal, with what several rules need of it computed once; nobody changes it.

    `lost` is the dimension that names nothing real: `portals`, `tenants` or None. No allow opens such a place.
    """

    spec: ToolSpec
    principal: Principal
    granted: frozenset[str]
    call: Call
    lost: str | None = None
    _folded_paths: FoldedPaths | None = field(default=None, init=False, repr=False)

    @property
    def folded_paths(self) -> FoldedPaths:
        """The paths, each in every form in which denies compare."""
        found = self._folded_paths
        if found is None:
            found = self._folded_paths = tuple([(role, deny_forms(path)) for role, path in self.call.paths])
        return found

    @property
    def folded_tenant(self) -> str:
        """The Team Portal in the form in which denies compare."""
        return (self.call.tenant or "").casefold()

    def of(self, call: Call) -> Question:
        """The same question about another call of the same tool."""
        return Question(self.spec, self.principal, self.granted, call, self.lost)


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy as the decision reads it. Times are Unix seconds; `valid_until` is the first moment outside."""

    name: str
    effect: Effect
    enabled: bool
    scopes: frozenset[str]
    subjects: Patterns
    clients: Patterns
    organizations: Patterns
    except_subjects: frozenset[str]
    tools: frozenset[str]
    toolsets: frozenset[str]
    portals: frozenset[str]
    tenants: Patterns
    paths: tuple[PathGlob, ...]
    valid_from: float | None
    valid_until: float | None
    calls_per_minute: int | None
    denies: bool = field(init=False, repr=False)
    always: bool = field(init=False, repr=False)
    anyone: bool = field(init=False, repr=False)
    everywhere: bool = field(init=False, repr=False)
    every_path: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note what most policies leave open, so that a decision passes it at a glance."""
        anyone = self.subjects.is_everything and self.clients.is_everything and self.organizations.is_everything
        object.__setattr__(self, "denies", self.effect is Effect.DENY)
        always = self.enabled and self.valid_from is None and self.valid_until is None
        object.__setattr__(self, "always", always)
        object.__setattr__(self, "anyone", anyone and not (self.denies and self.except_subjects))
        object.__setattr__(self, "everywhere", "*" in self.portals and self.tenants.is_everything)
        object.__setattr__(self, "every_path", any(glob.is_everything for glob in self.paths))

    @classmethod
    def build(  # noqa: PLR0913 - one parameter per column of the row
        cls,
        *,
        name: str,
        effect: str,
        scopes: Iterable[str] = (),
        subjects: Iterable[str] = ("*",),
        clients: Iterable[str] = ("*",),
        organizations: Iterable[str] = ("*",),
        except_subjects: Iterable[str] = (),
        tools: Iterable[str] = (),
        toolsets: Iterable[str] = (),
        portals: Iterable[str] = ("*",),
        tenants: Iterable[str] = ("*",),
        paths: Iterable[str] = ("/**",),
        valid_from: float | None = None,
        valid_until: float | None = None,
        calls_per_minute: int | None = None,
        enabled: bool = True,
    ) -> Rule:
        """Compile plain values, named and shaped as the columns of `oauth.models.Policy`."""
        denies = effect == Effect.DENY
        return cls(
            name=name,
            effect=Effect(effect),
            enabled=enabled,
            scopes=frozenset(scopes),
            subjects=Patterns.build(subjects),
            clients=Patterns.build(clients),
            organizations=Patterns.build(organizations),
            except_subjects=frozenset(except_subjects),
            tools=frozenset(tools),
            toolsets=frozenset(toolsets),
            portals=frozenset(portals),
            tenants=Patterns.build(tenants, folded=denies),
            paths=_deny_paths(paths) if denies else tuple(map(PathGlob.build, paths)),
            valid_from=valid_from,
            valid_until=valid_until,
            calls_per_minute=calls_per_minute,
        )

    def names(self, spec: ToolSpec) -> bool:
        """Whether the policy names the tool, by name, toolset or `*`."""
        return "*" in self.tools or spec.name in self.tools or spec.toolset.value in self.toolsets

    def concerns(self, spec: ToolSpec, catalogue: Mapping[str, ToolSpec]) -> bool:
        """Whether the policy can match a call of the tool: also a deny of reading, for what a tool takes as source."""
        if self.names(spec):
            return True
        reads = self.denies and bool(spec.roles & READING_ROLES)
        return reads and self.names_reading(catalogue)

    def names_reading(self, catalogue: Mapping[str, ToolSpec]) -> bool:
        """Whether the policy names the tool that reads files."""
        return READ_FILE in self.tools or (
            READ_FILE in catalogue and catalogue[READ_FILE].toolset.value in self.toolsets
        )

    def failed_on(self, question: Question) -> str | None:
        """The first dimension that keeps the policy from matching, or None when it matches."""
        if not self.always and (late := self.failed_on_when(question.call.at)):
            return late
        return self.failed_on_who(question) or self.failed_on_where(question)

    def failed_on_when(self, at: float) -> str | None:
        """`disabled`, `valid_from`, `valid_until` or None."""
        if not self.enabled:
            return "disabled"
        if self.valid_from is not None and at < self.valid_from:
            return "valid_from"
        return "valid_until" if self.valid_until is not None and at >= self.valid_until else None

    def failed_on_who(self, question: Question) -> str | None:
        """`scopes`, or a dimension of the person; allows see implied scopes, denies the token's literal ones."""
        held = question.principal.scopes if self.denies else question.granted
        if not self.scopes <= held or (not self.scopes and not self.denies):
            return "scopes"
        return None if self.anyone else self.failed_on_person(question.principal)

    def failed_on_person(self, principal: Principal) -> str | None:
        """`subjects`, `except_subjects`, `clients`, `organizations` or None."""
        if not self.subjects.match(principal.subject):
            return "subjects"
        if self.denies and principal.subject in self.except_subjects:
            return "except_subjects"
        if not self.clients.match(principal.client):
            return "clients"
        return None if self.organizations.match(principal.organization) else "organizations"

    def failed_on_where(self, question: Question) -> str | None:
        """`portals`, `tenants`, `paths` or None; what a tool lacks is met by allows, and by denies of all of it."""
        call = question.call
        if not question.spec.needs_place:
            if self.denies and not self.everywhere:
                return "portals"
        elif question.lost and not self.denies:
            return question.lost
        elif not self.everywhere:
            if "*" not in self.portals and call.portal not in self.portals:
                return "portals"
            if not self.tenants.match(question.folded_tenant if self.denies else call.tenant or ""):
                return "tenants"
        return None if self._paths_match(question) else "paths"

    def _paths_match(self, question: Question) -> bool:
        if not question.call.paths:  # the tool has none: open calls are asked by their complete instances
            return not self.denies or self.every_path
        if not self.denies:
            return self.every_path or all(self._covers(path) for _, path in question.call.paths)
        for role, forms in question.folded_paths:
            if self._closes(role, forms) and (role in READING_ROLES or self.names(question.spec)):
                return True
        return False

    def _covers(self, path: str) -> bool:
        for glob in self.paths:  # noqa: SIM110 - a generator costs more than most matches
            if glob.match(path):
                return True
        return False

    def _closes(self, role: PathRole, forms: tuple[str, ...]) -> bool:
        if role in REACHING_BELOW:
            return any(glob.reaches_below(form) for form in forms for glob in self.paths)
        for form in forms:
            for glob in self.paths:
                if glob.match(form):
                    return True
        return False


def _deny_paths(globs: Iterable[str]) -> tuple[PathGlob, ...]:
    return tuple(each for glob in globs for each in PathGlob.of_deny(glob))
