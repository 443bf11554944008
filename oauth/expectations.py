"""Tests of the policies: what should be allowed or denied, held against a snapshot; rows are `oauth.policy_tests`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from oauth.asking import Asked, BadQuestion, as_call, as_principal, claims_in, no_such_tool, tool_named, with_roles
from oauth.identity import acting_asked, refused
from oauth.names import SCOPE_NAME
from oauth.policy import Allowed, Denied, decide
from oauth.shape import SCOPE_FAULT
from tools.catalogue import CATALOGUE
from tools.errors import InvalidArgument
from tools.identity_rules import Unidentified
from tools.paths import canonical

if TYPE_CHECKING:
    from oauth.policy import PolicySnapshot

LISTS: Final = ("scopes", "claims", "paths")
TEXTS: Final = ("subject", "client", "organization", "portal", "tenant", "policy")
MOST_ENTRIES: Final = 100
LONGEST: Final = 4096
ALLOW: Final = "allow"
DENY: Final = "deny"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One test: a question, and the decision that it should get.

    `policy` names who should decide, empty for whoever does. Where `is_now`, the question's time is that of the run.
    `fault` says why it cannot even be asked; empty when it can.
    """

    name: str
    asked: Asked
    expected: str
    policy: str = ""
    is_now: bool = True
    key: int | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a test. `found` is `allow`, `deny`, or empty for what cannot be asked; `reason` then says why.

    `policy` decided; None where none did.
    """

    test: Expectation
    found: str
    policy: str | None
    reason: str

    @property
    def passed(self) -> bool:
        """Whether the policies do what the test expects."""
        return self.found == self.test.expected and self.test.policy in {"", self.policy}

    @property
    def says(self) -> str:
        """Such as `denied by HR is closed, but should be allowed`."""
        if not self.found:
            return f"cannot be asked: {self.reason}"
        by = f" by {self.policy}" if self.policy else ""
        why = f" ({self.reason})" if self.reason and not self.policy else ""
        came = f"{'allowed' if self.found == ALLOW else 'denied'}{by}{why}"
        if self.passed:
            return came
        if self.found != self.test.expected:
            return f"{came}, but should be {'allowed' if self.test.expected == ALLOW else 'denied'}"
        return f"{came}, but {self.test.policy} should decide"


def run(snapshot: PolicySnapshot, tests: Iterable[Expectation], at: float) -> list[Verdict]:
    """What the policies of a snapshot come to for each test, at Unix time `at` where a test names none.

    Suspensions are left out: they stop calls for a while, and say nothing of the policies.
    """
    return list(_run(snapshot.unsuspended, tests, at))


def _run(snapshot: PolicySnapshot, tests: Iterable[Expectation], at: float) -> Iterator[Verdict]:
    for test in tests:
        if test.fault:
            yield Verdict(test, "", None, test.fault)
            continue
        asked = replace(test.asked, at=at) if test.is_now else test.asked
        try:
            found = decided(snapshot, asked)
        except BadQuestion as bad:
            yield Verdict(test, "", None, f"{bad.part}: {bad.message}")
        else:
            reason = found.reason.value if isinstance(found, Denied) else ""
            yield Verdict(test, ALLOW if found else DENY, found.policy, reason)


def decided(snapshot: PolicySnapshot, asked: Asked) -> Allowed | Denied:
    """The decision that *Why?* would explain; raises `BadQuestion` for what cannot be a call."""
    spec = tool_named(asked.tool, snapshot.catalogue)
    if spec is None:
        raise BadQuestion("tool", no_such_tool(asked.tool, snapshot.catalogue))
    call, _ = as_call(asked, spec, snapshot)
    principal = as_principal(asked)
    found = decide(snapshot, principal, call)
    profile = snapshot.profiles.get(call.portal or "")
    if profile is None or not found:
        return found
    actor = acting_asked(profile, principal, is_verified=asked.principal is not None)
    return refused(actor) if isinstance(actor, Unidentified) else found


def faults(test: Mapping[str, Any]) -> dict[str, str]:
    """Field to message; empty when the test can be saved. Portals and policies may come later: then it fails."""
    found: dict[str, str] = {}
    for field, message in _faults(test):
        found.setdefault(field, message)
    return found


def _faults(test: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    broken = {field: fault for field in LISTS if (fault := _list_fault(test[field]))}
    yield from broken.items()
    yield from (
        (field, "Holds an invisible character; type it again.") for field in TEXTS if not str(test[field]).isprintable()
    )
    if broken:
        return
    yield from (("scopes", f"{name}: {SCOPE_FAULT}") for name in test["scopes"] if not SCOPE_NAME.fullmatch(name))
    try:
        claims_in(test["claims"])
        _check_paths(test["tool"], test["paths"])
    except BadQuestion as bad:
        yield bad.part, bad.message
    except InvalidArgument as bad:
        yield "paths", bad.message


def _check_paths(tool: str, paths: list[str]) -> None:
    spec = tool_named(tool, CATALOGUE)
    if spec is None:
        raise BadQuestion("tool", no_such_tool(tool, CATALOGUE))
    if spec.paths:
        with_roles(spec, tuple(canonical(path) for path in paths))
    elif paths:
        raise BadQuestion("paths", f"{spec.name} takes no path: leave this empty.")


def _list_fault(value: Any) -> str:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return "Must be a list of texts."
    if len(value) > MOST_ENTRIES:
        return f"Has more than {MOST_ENTRIES} entries."
    if any(not each or len(each) > LONGEST or not each.isprintable() for each in value):
        return f"Holds an entry that is empty, invisible or longer than {LONGEST} characters."
    return ""
