"""What is odd about policies among each other: findings with a number, a weight, the field and the remedy. Pure.

What a finding claims of every call ("never", "all that") holds for every call to the portals of its world; where that
cannot be found out in time, nothing is claimed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from oauth.coverage import Budget, Passage, Search, World, covers
from oauth.findings import Finding, Severity, listed
from oauth.lint_alone import lint_alone, never

if TYPE_CHECKING:
    from oauth.rules import Rule

NOBODY: Final = "nobody can call any tool: keep an allow in force that some token can meet and no deny stops."


def lint_policy(world: World, rule: Rule, *, in_place_of: str | None = None) -> list[Finding]:
    """Findings about a policy that is to be saved, in place of the one that has that name now (None: a new one)."""
    after = world.changed(without=[rule.name, *([in_place_of] if in_place_of else [])], added=[rule])
    return [*empties(world, after, rule.name), *about(after, rule)]


def about(world: World, rule: Rule) -> list[Finding]:
    """Findings about a policy of the world; none about one that is disabled."""
    if not rule.enabled:
        return []
    return [*lint_alone(world, rule), *_among(world, rule), *_stops_all_of(world, rule)]


def lint_all(world: World) -> list[Finding]:
    """Findings about all enabled policies, by name; one more when nobody can call anything."""
    found = [] if _somebody(world) is not Passage.CLOSED else [Finding("L020", Severity.CONFIRM, "", None, NOBODY)]
    twins = _twins(world)
    for rule in world.rules:
        if rule.enabled:
            found += [*lint_alone(world, rule), *_among(world, rule, twins)]
    return found


def empties(before: World, after: World, policy: str = "") -> Iterator[Finding]:
    """Whether somebody could call something before, and nobody can call anything after."""
    if _somebody(before) is Passage.OPEN and _somebody(after) is Passage.CLOSED:
        yield Finding("L020", Severity.CONFIRM, policy, None, f"after this, {NOBODY}")


def _somebody(world: World) -> Passage:
    """`OPEN` when some call gets through some allow, `CLOSED` when none can."""
    budget = Budget()
    answers = set()
    for allow in world.allows:
        answer = Search(world, allow, world.denies, budget).run()
        if answer is Passage.OPEN:
            return answer
        answers.add(answer)
    return Passage.UNKNOWN if Passage.UNKNOWN in answers else Passage.CLOSED


def _among(world: World, rule: Rule, twins: dict[object, list[str]] | None = None) -> Iterator[Finding]:
    """Findings against the other policies, which a policy that never matches does not have."""
    if not world.lives(rule) or any(never(world, rule)):
        return
    same = [name for name in (twins or _twins(world, rule))[_meaning(rule)] if name != rule.name]
    if same and (twins is None or same[0] < rule.name):
        message = f"says the same as {listed(same)}: delete one of them."
        yield Finding("L013", Severity.WARNING, rule.name, None, message)
    if rule.denies:
        yield from _escaped(world, rule)
        return
    search = Search(world, rule, world.denies, Budget())
    if search.run() is Passage.CLOSED:
        message = f"{listed(search.stopped_by)} denies all that this allows, so it opens nothing: narrow or delete one."
        yield Finding("L010", Severity.CONFIRM, rule.name, None, message)
    elif wider := next(_wider(world, rule, same), None):
        message = f"{wider} allows all of this already: delete this one, or the other if it was not meant."
        yield Finding("L012", Severity.INFO, rule.name, None, message)


def _twins(world: World, only: Rule | None = None) -> dict[object, list[str]]:
    """Enabled policies by meaning; with `only`, those of its effect and tools."""
    found: dict[object, list[str]] = defaultdict(list)
    for rule in world.rules:
        if rule.enabled and (only is None or (rule.effect, rule.tools) == (only.effect, only.tools)):
            found[_meaning(rule)].append(rule.name)
    return found


def _meaning(rule: Rule) -> object:
    """All that decides, without the name; the order of entries does not matter."""
    lists = (rule.subjects, rule.clients, rule.organizations, rule.tenants)
    globs = frozenset((glob.segments, glob.deep) for glob in rule.paths)
    names = (rule.effect, rule.scopes, rule.except_subjects, rule.tools, rule.toolsets, rule.portals)
    times = (rule.valid_from, rule.valid_until, rule.calls_per_minute)
    return (*names, *(frozenset(each.raw) for each in lists), globs, *times)


def _escaped(world: World, deny: Rule) -> Iterator[Finding]:
    """A deny by scope stops tokens that hold it by name; other tokens may be allowed the same."""
    for allow in world.allows if deny.scopes else ():
        loose = deny.scopes - world.certain(allow.scopes)
        if loose and any(
            allow.names(spec) and deny.concerns(spec, world.catalogue) for spec in world.catalogue.values()
        ):
            message = (
                f"a caller escapes this by asking for a token without {listed(loose, 'or')}, and {allow.name} may "
                "still allow it: name people or clients instead, or narrow the allow."
            )
            yield Finding("L040", Severity.WARNING, deny.name, "scopes", message)
            return


def _wider(world: World, rule: Rule, same: Iterable[str]) -> Iterator[str]:
    """Allows that cover this one; of two that cover each other, the earlier name."""
    for other in world.allows:
        if other.name == rule.name or other.name in same or not covers(world, other, rule):
            continue
        if other.name < rule.name or not covers(world, rule, other):
            yield other.name


def _stops_all_of(world: World, deny: Rule) -> Iterator[Finding]:
    """Allows of which a deny alone leaves nothing."""
    if not deny.denies or not world.lives(deny):
        return
    budget = Budget()
    stopped = [one.name for one in world.allows if Search(world, one, [deny], budget).run() is Passage.CLOSED]
    if stopped:
        message = f"stops all that {listed(stopped)} allows: mean it so, or name fewer tools, people or places."
        yield Finding("L011", Severity.WARNING, deny.name, None, message)
