"""What cannot be a policy is refused at save, at the field that is wrong, with what to do about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from oauth.models import Policy
from oauth.patterns import PathGlob
from oauth.selectors import policy_revision
from oauth.services import save_policy
from oauth.shape import faults
from oauth.snapshots import as_rule
from tools.catalogue import CATALOGUE

ALLOW: dict[str, Any] = {"name": "P", "effect": "allow", "scopes": ["ctera:read"], "toolsets": ["read"]}
DENY: dict[str, Any] = {"name": "P", "effect": "deny", "tools": ["*"], "paths": ["/HR/**"]}
BEGIN, END = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "an allow without scopes": ({**ALLOW, "scopes": []}, "scopes", "needs at least one scope"),
    "no tools and no toolsets": ({**ALLOW, "toolsets": []}, "tools", "Name tools or toolsets"),
    "a deny of everything": ({**DENY, "paths": ["/**"]}, "effect", "would stop the server"),
    "a deny of everything but a person": (
        {**DENY, "paths": ["/**"], "except_subjects": ["usr_1"]},
        "effect",
        "would stop the server",
    ),
    "a deny of all that only looks narrow": (
        {**DENY, "paths": ["/HR/**", "/**"], "subjects": ["usr_1", "*"]},
        "effect",
        "would stop the server",
    ),
    "a deny with a limit": ({**DENY, "calls_per_minute": 5}, "calls_per_minute", "leave this empty"),
    "an allow with exceptions": ({**ALLOW, "except_subjects": ["usr_1"]}, "except_subjects", "Only a deny"),
    "an exception by pattern": ({**DENY, "except_subjects": ["usr_*"]}, "except_subjects", "one subject exactly"),
    "an unknown effect": ({**ALLOW, "effect": "maybe"}, "effect", "maybe"),
    "an unknown tool": (
        {**ALLOW, "tools": ["ctera_portal_list_dirs"]},
        "tools",
        "There is no tool ctera_portal_list_dirs. Did you mean ctera_portal_list_dir?",
    ),
    "a pattern of tools": ({**ALLOW, "tools": ["ctera_portal_*"]}, "tools", "There is no tool ctera_portal_*"),
    "an unknown toolset": ({**ALLOW, "toolsets": ["reed"]}, "toolsets", "there are read, write, share, admin"),
    "a scope with a space": ({**ALLOW, "scopes": ["a b"]}, "scopes", "a b: a scope is printable ASCII"),
    "a pattern of portals": ({**ALLOW, "portals": ["hq*"]}, "portals", "* alone stands for all"),
    "two stars for a subject": ({**ALLOW, "subjects": ["**"]}, "subjects", "write one *"),
    "two stars for a Team Portal": ({**DENY, "tenants": ["**"]}, "tenants", "write one *"),
    "two subjects in one entry": ({**ALLOW, "subjects": ["a,b"]}, "subjects", "separate the entries"),
    "an end before the beginning": ({**ALLOW, "valid_from": END, "valid_until": BEGIN}, "valid_until", "later"),
    "an end at the beginning": ({**ALLOW, "valid_from": END, "valid_until": END}, "valid_until", "later"),
    "a limit of none": ({**ALLOW, "calls_per_minute": 0}, "calls_per_minute", "greater than or equal to 1"),
    "a name of two lines": ({**ALLOW, "name": "a\nb"}, "name", "one line"),
    "a name with a space at its end": ({**ALLOW, "name": "a "}, "name", "one line"),
    "no name": ({**ALLOW, "name": ""}, "name", "blank"),
    "text for a list": ({**ALLOW, "tenants": "acme"}, "tenants", "Must be a list of texts"),
    "a number in a list": ({**ALLOW, "tenants": [2024]}, "tenants", "Must be a list of texts"),
    "nothing for a list": ({**ALLOW, "tenants": None}, "tenants", "Must be a list of texts"),
    "an entry twice": ({**ALLOW, "tenants": ["a", "a"]}, "tenants", "Names an entry twice"),
    "an empty entry": ({**ALLOW, "tenants": [""]}, "tenants", "empty entry"),
    "an entry with a space at its end": ({**ALLOW, "tenants": ["acme "]}, "tenants", "spaces around"),
    "a zero-width entry": ({**ALLOW, "tenants": ["ac\u200bme"]}, "tenants", "invisible"),
    "a reversed entry": ({**ALLOW, "tenants": ["\u202eemca"]}, "tenants", "invisible"),
    "a private character": ({**ALLOW, "tenants": ["\ue000"]}, "tenants", "invisible"),
    "half a character": ({**ALLOW, "tenants": ["\ud800"]}, "tenants", "invisible"),
    "too many entries": ({**ALLOW, "tenants": [str(n) for n in range(501)]}, "tenants", "more than 500"),
    "too long an entry": ({**ALLOW, "tenants": ["a" * 4097]}, "tenants", "empty entry"),
    **{
        f"an empty list of {field}": ({**ALLOW, field: []}, field, "Must not be empty")
        for field in ("subjects", "clients", "organizations", "portals", "tenants", "paths")
    },
    **{
        f"the path {glob}": ({**DENY, "paths": [glob]}, "paths", remedy)
        for glob, remedy in {
            "HR/**": "must start with /",
            "/HR/": "write /HR/**",
            "/HR//x": "empty name",
            "//**": "empty name",
            "/HR//**": "empty name",
            "/HR/../x": "..",
            "/HR/./x": ".",
            "/HR\\x": "backslash",
            "/HR/**/x": "only stand at the end",
            "/HR**": "only stand at the end",
            "/**/": "only stand at the end",
            "/Cafe\u0301/**": "write it as /Caf\u00e9",
            f"/{'a' * 256}/**": "longer than 255 bytes",
        }.items()
    },
}
SAVED: dict[str, dict[str, Any]] = {
    "an allow": ALLOW,
    "every tool": {**ALLOW, "tools": ["*"]},
    "a deny by place": DENY,
    "a deny by scope": {**DENY, "paths": ["/**"], "scopes": ["bad:idea"]},
    "a deny by person": {**DENY, "paths": ["/**"], "subjects": ["usr_1"]},
    "a deny by toolset": {**DENY, "paths": ["/**"], "tools": [], "toolsets": ["write"]},
    "a deny by Team Portal": {**DENY, "paths": ["/**"], "tenants": ["-"]},
    "names without rows": {**ALLOW, "scopes": ["no:row"], "portals": ["later"]},
    "paths of all kinds": {**ALLOW, "paths": ["/", "/a", "/a/*", "/*/b*c/**", "/%2e%2e/x", "/ä b/**", "/2024/1.10"]},
    "names of all kinds": {**ALLOW, "tenants": ["2024", "007", "true", "null", "-", "a*", "Ünï çödé"]},
    "a client's document": {**ALLOW, "clients": ["https://client.example.com/metadata.json"]},
    "a time": {**ALLOW, "valid_from": BEGIN, "valid_until": END, "calls_per_minute": 1},
}


@pytest.mark.django_db
@pytest.mark.parametrize(("values", "field", "remedy"), REFUSED.values(), ids=REFUSED.keys())
def test_a_policy_without_the_right_shape_is_refused_at_its_field_and_moves_nothing(
    values: dict[str, Any], field: str, remedy: str
) -> None:
    before = policy_revision()
    with pytest.raises(ValidationError) as refused:
        save_policy(Policy(**values))
    assert remedy in " ".join(refused.value.message_dict[field])
    assert policy_revision() == before


@pytest.mark.django_db
@pytest.mark.parametrize("values", SAVED.values(), ids=SAVED.keys())
def test_a_policy_of_the_right_shape_is_saved_as_it_was_written(values: dict[str, Any]) -> None:
    row = save_policy(Policy(**values))
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in values} == values


@pytest.mark.django_db
def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        Policy(**{**ALLOW, "scopes": [], "paths": [], "name": ""}).save()
    assert {"scopes", "paths", "name"} <= refused.value.message_dict.keys()


texts = st.text(st.sampled_from("ab*/.\\ ,-_%\u00e9\u0301\u200b"), max_size=8)
lists = st.lists(texts, max_size=3)
policies = st.fixed_dictionaries(
    {
        "effect": st.sampled_from(["allow", "deny"]),
        "tools": st.lists(st.sampled_from(["*", *CATALOGUE, "x"]), max_size=2),
        "toolsets": st.lists(st.sampled_from(["read", "x"]), max_size=2),
        "paths": st.lists(texts.map(lambda text: f"/{text}"), max_size=3),
        **{
            field: lists | st.just(["*"])
            for field in ("scopes", "subjects", "clients", "organizations", "except_subjects", "portals", "tenants")
        },
        "valid_from": st.none(),
        "valid_until": st.none(),
        "calls_per_minute": st.none(),
    }
)


@given(policies)
def test_what_is_not_refused_can_be_compiled_and_stops_less_than_everything(values: dict[str, Any]) -> None:
    if faults(values):
        return
    rule = as_rule(Policy(name="P", **values))
    if rule.denies:
        open_who = not rule.scopes and all(p.is_everything for p in (rule.subjects, rule.clients, rule.organizations))
        open_where = "*" in rule.portals and rule.tenants.is_everything and any(g.is_everything for g in rule.paths)
        assert not (open_who and "*" in rule.tools and open_where)


@given(st.lists(st.text(st.sampled_from("aB*/. "), max_size=6).map(lambda text: f"/{text}"), min_size=1, max_size=1))
def test_a_saved_glob_is_read_by_the_decision_as_it_is_written(paths: list[str]) -> None:
    if "paths" in faults({**ALLOW_LISTS, "paths": paths}):
        return
    glob, written = PathGlob.build(paths[0]), paths[0].removesuffix("/**")
    assert "/" + "/".join(glob.segments) == (written or "/")
    assert glob.deep == paths[0].endswith("/**")


ALLOW_LISTS: dict[str, Any] = {
    "effect": "allow",
    "scopes": ["a"],
    "except_subjects": [],
    "tools": ["*"],
    "toolsets": [],
    "valid_from": None,
    "valid_until": None,
    "calls_per_minute": None,
    **{field: ["*"] for field in ("subjects", "clients", "organizations", "portals", "tenants")},
}
