"""The form of a test of the policies: a question as *Why?* asks it, and what should come of it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget

from oauth.forms import LinesField, tool_choices
from oauth.models import Policy, PolicyTest
from oauth.page_forms import LEFT_OUT
from tools.models import PortalProfile


class PolicyTestForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """One test. What it names must be there when it is saved here; it may go later, and then the test fails."""

    scopes = LinesField(label="Scopes", help_text="All scopes of the token. One per line.", example="ctera:read")
    claims = LinesField(
        label="Further claims",
        commas=False,
        help_text="For a portal that works as its callers: one name=value for each line, such as portal_account=alice.",
    )
    paths = LinesField(
        label="Path",
        commas=False,
        example="/HR/Pay",
        help_text="Left out: some path. One for each path of the tool, in its order; a list goes one per line.",
    )
    tool = forms.ChoiceField(label="Tool", widget=UnfoldAdminSelectWidget)
    portal = forms.ChoiceField(
        label="Portal", required=False, widget=UnfoldAdminSelectWidget, help_text="Left out: on some portal."
    )

    class Meta:
        model = PolicyTest
        fields = "__all__"  # noqa: DJ007 - every column of a test is an operator's
        help_texts = {
            "name": "What it holds, in a few words, such as Nobody but Olga reads HR.",
            "note": "Why, for whoever breaks it next year.",
            "subject": LEFT_OUT.format("subject"),
            "client": LEFT_OUT.format("client"),
            "organization": LEFT_OUT.format("organization"),
            "tenant": "- is global administration. Left out: in some Team Portal.",
            "at": "UTC. Empty: the time at which the test runs.",
            "policy": "The policy that should decide, by name. Empty: whichever does.",
            "enabled": "Off: the test is not run.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tool, portal = self.instance.tool, self.instance.portal
        self._choose("tool", [choice for choice in tool_choices([tool] if tool else []) if choice[0] != "*"])
        names = sorted(PortalProfile.objects.values_list("name", flat=True))
        gone = [] if portal in {"", *names} else [(portal, f"{portal}: not there")]
        self._choose("portal", [("", "some portal"), *((name, name) for name in names), *gone])
        parts = getattr(getattr(self.fields.get("at"), "widget", None), "widgets", ())
        for part, noun in zip(parts, ("date", "time"), strict=False):  # one label cannot name two inputs
            part.attrs["aria-label"] = f"Time, {noun} in UTC"

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields.get(name)  # None in a read-only form
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean_policy(self) -> str:
        """The name of a policy that is there."""
        name: str = self.cleaned_data["policy"]
        names = list(Policy.objects.values_list("name", flat=True)) if name else []
        if name and name not in names:
            near = get_close_matches(name, names, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise forms.ValidationError(f"There is no policy {name}.{hint}")
        return name
