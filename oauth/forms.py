"""Forms of scopes and policies: lists are typed one entry per line, tools and toolsets are ticked."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from oauth.models import Policy, Scope
from oauth.shape import TOOLSETS
from tools.catalogue import CATALOGUE

EVERY_TOOL = ("*", "every tool, present and future")
HELP = {
    "scopes": "All of these must be in the token. One per line, such as ctera:read.",
    "subjects": "Whom it concerns: token subjects, * for everyone. One per line, such as usr_123 or usr_*.",
    "clients": "Client ids, * for every client.",
    "organizations": "Organization ids, * for all.",
    "except_subjects": "A deny only: people it spares, exactly as in the token.",
    "portals": "Names of portal profiles, * for all present and future ones.",
    "tenants": "Team Portals, * for all; - is global administration.",
    "paths": "Where: /Users/*/Docs/** is a folder and all below it, /** everything. ** only at the end.",
}


class LinesField(forms.CharField):
    """A list of texts, one per line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Show the list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read lines (or commas) as a list."""
        if isinstance(value, list):
            return value
        return [entry.strip() for line in (value or "").splitlines() for entry in line.split(",") if entry.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the lists, not their texts."""
        return bool(self.to_python(initial or "") != self.to_python(data or ""))


def lines(field: str, *, required: bool = False) -> LinesField:
    """A field of lines with its help."""
    return LinesField(
        required=required, help_text=HELP.get(field, ""), widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """One policy, read aloud: who, what, where, when, how much."""

    scopes, subjects, clients = lines("scopes"), lines("subjects"), lines("clients")
    organizations, except_subjects = lines("organizations"), lines("except_subjects")
    portals, tenants, paths = lines("portals"), lines("tenants"), lines("paths")
    tools = forms.MultipleChoiceField(
        required=False,
        choices=lambda: [EVERY_TOOL, *((name, f"{name} ({spec.title})") for name, spec in CATALOGUE.items())],
        widget=forms.CheckboxSelectMultiple,
        help_text="Tools by name; with the toolsets below they add up.",
    )
    toolsets = forms.MultipleChoiceField(
        required=False, choices=[(name, name) for name in TOOLSETS], widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Policy
        fields = "__all__"  # noqa: DJ007 - every column of a policy is an operator's


class ScopeForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """One scope and what it implies."""

    implies = LinesField(
        required=False,
        help_text="Scopes that come with this one, one per line.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    class Meta:
        model = Scope
        fields = ("name", "description", "implies")
