"""Forms of scopes and policies: lists are typed one entry per line, tools and toolsets are ticked."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.utils.text import capfirst
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from oauth import linting
from oauth.findings import Finding
from oauth.models import Policy, Scope
from oauth.services import widens
from oauth.shape import TOOLSETS
from tools.catalogue import CATALOGUE

EVERY_TOOL = ("*", "every tool, present and future")
HELP = {
    "scopes": "All of these must be in the token. One per line. An allow needs at least one.",
    "subjects": "Whom it concerns, by the subject of the token; * is everyone. One per line. The audit events show "
    "subjects, with a button to copy them.",
    "clients": "Programs by their client id; * is every client. One per line.",
    "organizations": "Organizations by their id; * is all, callers without one included. One per line.",
    "except_subjects": "Only for a deny: the people it spares, each exactly as in the token, without *. One per line.",
    "portals": "Names of portal profiles; * is all, also those added later. One per line.",
    "tenants": "Team Portals by name; * is all of them; - is global administration. One per line.",
    "paths": "/HR/** is the folder HR and all below it, /HR/* what lies directly in it, /** everything. * stands for "
    "one name or a part of it; ** may only stand at the end. One per line.",
}
EXAMPLES = {
    "scopes": "ctera:read",
    "subjects": "usr_123\nusr_*",
    "clients": "m2m_123",
    "organizations": "org_123",
    "except_subjects": "usr_123\nusr_456",
    "portals": "hq",
    "tenants": "acme\n-",
    "paths": "/HR/**\n/Users/*/Docs/**",
    "implies": "ctera:read",
}
CALLS_PER_MINUTE = (
    "An allow only: how many calls each caller (one person in one client) may make within 60 seconds by this policy. "
    "Empty: no limit of its own. Each worker counts for itself, so that several let more through, "
    "unless RATE_LIMIT_STORAGE names a Redis in which all count together."
)
MAY_HOLD_COMMAS = frozenset({"tenants", "paths"})


class LinesField(forms.CharField):
    """A list of texts, one per line; `commas` separate them too, except where names may hold some."""

    def __init__(self, *, commas: bool = True, example: str = "", **options: Any) -> None:
        shown = {"rows": 3, "placeholder": example, "spellcheck": "false", "autocapitalize": "off"}
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs=shown), **options)
        self.commas = commas

    def prepare_value(self, value: Any) -> Any:
        """Show the list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read lines as a list; an entry that is there twice is meant once."""
        if isinstance(value, list):
            return value
        lines = (value or "").replace(",", "\n" if self.commas else ",").splitlines()
        return list(dict.fromkeys(entry for line in lines if (entry := line.strip())))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the lists, not their texts."""
        return bool(self.to_python(initial or "") != self.to_python(data or ""))


def lines(field: str) -> LinesField:
    """A field of lines with its help; a declared field does not take its column's name and default by itself."""
    column: Any = Policy._meta.get_field(field)
    return LinesField(
        label=capfirst(column.verbose_name),
        help_text=HELP[field],
        example=EXAMPLES[field],
        commas=field not in MAY_HOLD_COMMAS,
        initial=column.default,
    )


def tool_choices(chosen: list[str]) -> list[tuple[str, Any]]:
    """Every tool by family, and those of `chosen` that this version does not have, to be unticked."""
    families = [
        (
            f"{toolset} tools",
            [(name, f"{name}: {spec.title}") for name, spec in CATALOGUE.items() if spec.toolset == toolset],
        )
        for toolset in TOOLSETS
    ]
    gone = [(name, f"{name}: no longer there, untick it") for name in chosen if name != "*" and name not in CATALOGUE]
    return [EVERY_TOOL, *((title, names) for title, names in [*families, ("unknown tools", gone)] if names)]


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """One policy, read aloud: who, what, where, when. Asks before a deny lets through what it stopped."""

    scopes, subjects, clients = lines("scopes"), lines("subjects"), lines("clients")
    organizations, except_subjects = lines("organizations"), lines("except_subjects")
    portals, tenants, paths = lines("portals"), lines("tenants"), lines("paths")
    tools = forms.MultipleChoiceField(
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Tools by name; with the toolsets below they add up. Tick a tool or a toolset, or both.",
    )
    toolsets = forms.MultipleChoiceField(
        required=False,
        choices=[(name, f"every {name} tool, present and future") for name in TOOLSETS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Whole families: read looks, write changes files, share makes links, admin looks at the portal.",
    )
    confirms_widening = forms.BooleanField(
        required=False,
        label="Let more through",
        widget=UnfoldBooleanSwitchWidget,
        help_text="This deny is in force. Switch on to let through what it stops now.",
    )

    confirms_findings = forms.BooleanField(
        required=False,
        label="Save all the same",
        widget=UnfoldBooleanSwitchWidget,
        help_text="Switch on to save in spite of what is said here, or change the policy. The history records it.",
    )

    class Meta:
        model = Policy
        fields = "__all__"  # noqa: DJ007 - every column of a policy is an operator's
        help_texts = {
            "name": "How refusals, audit events and colleagues call it, such as HR is closed.",
            "description": "Why it is there, for who reads it next year.",
            "effect": "Allow opens what it names; deny closes it and beats every allow.",
            "enabled": "Off: as if it were not there.",
            "valid_from": "In UTC. Empty: from the beginning. Before it, the policy does not exist.",
            "valid_until": "In UTC. Empty: no end. From then on, the policy does not exist.",
            "calls_per_minute": CALLS_PER_MINUTE,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked: list[Finding] = []
        self.hints: list[Finding] = []
        self.in_force = Policy.objects.filter(pk=self.instance.pk).first()
        tools = self.fields.get("tools")  # None in a read-only form
        if isinstance(tools, forms.MultipleChoiceField):
            tools.choices = tool_choices(self.instance.tools)
        for name in ("valid_from", "valid_until"):  # one label cannot name two inputs
            parts = getattr(getattr(self.fields.get(name), "widget", None), "widgets", ())
            for part, noun in zip(parts, ("date", "time"), strict=False):
                part.attrs["aria-label"] = f"{name.replace('_', ' ').capitalize()}, {noun} in UTC"

    @property
    def lets_more_through(self) -> bool:
        """Whether the instance, as cleaned, is a deny in force made narrower."""
        return self.in_force is not None and widens(self.in_force, self.instance)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # untyped: fills and validates the instance
        if self.errors:
            return
        if self.lets_more_through and not self.cleaned_data.get("confirms_widening"):
            self._ask(
                "confirms_widening",
                ["With this change the policy would let through what it stops now (L021). Switch this on to confirm."],
            )
        self._lint()

    def _lint(self) -> None:
        """Ask about findings; a yes counts for those that were shown, so that none slips in between."""
        self.asked, self.hints = linting.before_saving(self.instance)
        seen = hashlib.sha256("\n".join(sorted(map(str, self.asked))).encode()).hexdigest()[:12]
        if not self.asked or self.data.get(self.add_prefix("confirms_findings")) == seen:
            return
        if "confirms_findings" in self.fields:
            self.fields["confirms_findings"].widget.attrs["value"] = seen
        self._ask("confirms_findings", [f"{self._place(finding)}{finding}" for finding in self.asked])

    def _ask(self, switch: str, sentences: list[str]) -> None:
        self.add_error(switch if switch in self.fields else None, [forms.ValidationError(one) for one in sentences])

    def _place(self, finding: Finding) -> str:
        label = self.fields[finding.field].label if finding.field in self.fields else ""
        return f"{label}: " if label else ""


class ScopeForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """One scope and what it implies."""

    implies = LinesField(
        help_text="Scopes that come with this one, for policies that allow. One per line; each must exist already.",
        example=EXAMPLES["implies"],
    )

    class Meta:
        model = Scope
        fields = ("name", "description", "implies")
        help_texts = {
            "name": "Exactly as Scalekit puts it into tokens, such as ctera:read.",
            "description": "What it lets people do, in a few words.",
        }
