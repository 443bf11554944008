"""Forms of scopes and policies: lists are typed one entry per line, tools and toolsets are ticked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

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
        widget=forms.CheckboxSelectMultiple,
        help_text="Tools by name; with the toolsets below they add up. Tick a tool or a toolset, or both.",
    )
    toolsets = forms.MultipleChoiceField(
        required=False,
        choices=[(name, f"every {name} tool, present and future") for name in TOOLSETS],
        widget=forms.CheckboxSelectMultiple,
        help_text="Whole families: read looks, write changes files, share makes links, admin looks at the portal.",
    )
    confirms_widening = forms.BooleanField(
        required=False,
        label="Let more through",
        widget=UnfoldBooleanSwitchWidget,
        help_text="This deny is in force. Switch on when a change shall let through what it stops now.",
    )

    class Meta:
        model = Policy
        fields = "__all__"  # noqa: DJ007 - every column of a policy is an operator's
        help_texts = {
            "name": "How refusals, audit events and colleagues call it, such as HR is closed.",
            "description": "Why it is there, for who reads it next year.",
            "effect": "Allow opens what it names; deny closes it and beats every allow.",
            "enabled": "Off: as if it were not there.",
            "valid_from": "In UTC; empty: since ever. Before, the policy does not exist.",
            "valid_until": "In UTC; empty: without end. From then on the policy does not exist.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_force = Policy.objects.filter(pk=self.instance.pk).first()
        tools = self.fields.get("tools")  # None in a read-only form
        if isinstance(tools, forms.MultipleChoiceField):
            tools.choices = tool_choices(self.instance.tools)

    @property
    def lets_more_through(self) -> bool:
        """Whether the instance, as cleaned, is a deny in force made narrower."""
        return self.in_force is not None and widens(self.in_force, self.instance)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # untyped: fills and validates the instance
        if not self.errors and self.lets_more_through and not self.cleaned_data.get("confirms_widening"):
            self.add_error(
                "confirms_widening" if "confirms_widening" in self.fields else None,
                "With this change the policy would let through what it stops now. Switch this on to confirm.",
            )


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
