"""Forms of the pages that explain: *Why?* asks about one call, *Effective access* about one caller at one portal."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from oauth.asking import Asked, BadQuestion, claims_in, moment, scopes_in
from oauth.effective import Place
from oauth.forms import LinesField, tool_choices
from oauth.pasted import TokenRefused, principal_of
from oauth.portals import resolve_tenant
from oauth.principal import Principal
from oauth.selectors import claims_in_use
from oauth.tokens import MOST_CHARACTERS
from tools.errors import InvalidArgument
from tools.paths import canonical
from tools.profile import Profile

LEFT_OUT = "Left out, only policies for every {} (*) match."


def text(label: str, help_text: str, placeholder: str = "", longest: int = 2048) -> forms.CharField:
    """One line."""
    attrs = {"placeholder": placeholder, "autocomplete": "off", "spellcheck": "false"}
    widget = UnfoldAdminTextInputWidget(attrs=attrs)
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=longest, widget=widget)


def token_field(help_text: str, *, is_required: bool) -> forms.CharField:
    """Where an access token is pasted; what was pasted never comes back to the page."""
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}, render_value=False)
    return forms.CharField(
        label="Access token", help_text=help_text, required=is_required, max_length=MOST_CHARACTERS + 16, widget=widget
    )


def without_scheme(pasted: str) -> str:
    """What was pasted, or what follows the word Bearer in it."""
    value = pasted.strip()
    return value[7:].strip() if value[:7].lower() == "bearer " else value


class TokenForm(forms.Form):
    """One token to be examined, check by check."""

    token = token_field(
        "Its claims are decoded, and each check of the door is ticked or crossed. Neither stored, logged nor shown.",
        is_required=True,
    )

    def clean_token(self) -> str:
        """The token alone."""
        return without_scheme(self.cleaned_data["token"])


class WhyForm(forms.Form):
    """One call by one caller. The token is verified and dropped; it never comes back to the page."""

    token = token_field(
        "In place of scopes, subject, client and organization. It is verified as the door does it, used for this "
        "answer, and neither stored nor shown.",
        is_required=False,
    )
    scopes = text("Scopes", "All scopes of the token, separated by spaces.", "ctera:read user:read", 20_000)
    subject = text("Subject", LEFT_OUT.format("subject"), "usr_123")
    client = text("Client", LEFT_OUT.format("client"), "cli_123")
    organization = text("Organization", LEFT_OUT.format("organization"), "org_123")
    claims = LinesField(
        label="Further claims",
        commas=False,
        help_text="For a portal that works as its callers: one name=value for each line, such as portal_account=alice.",
    )
    tool = forms.ChoiceField(label="Tool", widget=UnfoldAdminSelectWidget)
    portal = forms.ChoiceField(
        label="Portal", required=False, widget=UnfoldAdminSelectWidget, help_text="Left out: on some portal."
    )
    tenant = text("Team Portal", "- is global administration. Left out: in some Team Portal.", "acme")
    paths = LinesField(
        label="Path",
        commas=False,
        help_text="Left out: some path. One for each path of the tool, in its order; a list goes one per line.",
    )
    at = text("Time", "UTC. Left out: now.", "2026-11-24T10:00", 40)

    def __init__(self, *args: Any, portals: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {name: self.data.get(name) or self.initial.get(name, "") for name in ("tool", "portal")}
        tools = [choice for choice in tool_choices([]) if choice[0] != "*"]
        self._choose("tool", [*tools, *self._gone(asked["tool"], [name for _, group in tools for name, _ in group])])
        names = list(portals)
        known = [(name, name) for name in names]
        self._choose("portal", [("", "some portal"), *known, *self._gone(asked["portal"], names)])
        self.fields["claims"].widget = UnfoldAdminTextareaWidget(attrs={"rows": 2, "spellcheck": "false"})
        self.fields["paths"].widget = UnfoldAdminTextareaWidget(attrs={"rows": 2, "spellcheck": "false"})

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @staticmethod
    def _gone(name: str, known: list[str]) -> list[tuple[str, str]]:
        """What an old event names stays to be seen; the answer then says that it is not there."""
        return [] if not name or name in known else [(name, f"{name}: not there")]

    def clean(self) -> dict[str, Any]:
        """Turn what was typed into a question."""
        found = super().clean() or {}
        principal = self._principal(found.pop("token", ""))
        if "token" not in self.errors and principal is None and not found.get("scopes"):
            self.add_error("scopes", "Give the scopes of the token, or paste the token itself.")
        try:
            at = moment(found["at"]) if found.get("at") else time.time()
            claims = claims_in(found.get("claims") or ())
        except BadQuestion as bad:
            self.add_error(bad.part, bad.message)
            at, claims = 0.0, ()
        if not self.errors:
            who = {name: found[name] for name in ("subject", "client", "organization", "tool", "portal", "tenant")}
            scopes, paths = scopes_in(found["scopes"]), tuple(found["paths"])
            found["asked"] = Asked(**who, at=at, scopes=scopes, paths=paths, principal=principal, claims=claims)
        return found

    def _principal(self, token: str) -> Principal | None:
        """The caller of the pasted token, if there is one."""
        value = without_scheme(token)
        if not value:
            return None
        try:
            return principal_of(value, claims_in_use())
        except TokenRefused as refused:
            self.add_error("token", str(refused))
            return None


class EffectiveForm(forms.Form):
    """One caller at one portal; what is left out of the caller matches only `*`."""

    portal = forms.ChoiceField(label="Portal", widget=UnfoldAdminSelectWidget)
    tenant = text("Team Portal", "- is global administration. Left out: what a call without one gets.", "-")
    subject = text("Subject", LEFT_OUT.format("subject"), "usr_123")
    client = text("Client", LEFT_OUT.format("client"), "cli_123")
    organization = text("Organization", LEFT_OUT.format("organization"), "org_123")
    path = text("Path", "Left out: all paths, and the limits show which are closed.", "/HR", 4096)
    scopes = text("Scopes", "One more column: a token with these scopes.", "ctera:read user:read", 20_000)

    def __init__(self, *args: Any, profiles: Mapping[str, Profile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._profiles = profiles
        field = self.fields["portal"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(name, name) for name, profile in sorted(profiles.items()) if profile.enabled]

    def clean(self) -> dict[str, Any]:
        """Turn what was typed into a place and a caller."""
        found = super().clean() or {}
        if self.errors:
            return found
        try:
            tenant = resolve_tenant(self._profiles[found["portal"]], found["tenant"] or None)
        except InvalidArgument as fault:
            self.add_error("tenant", fault.message)
            return found
        if tenant is None:
            self.add_error("tenant", "On this portal a claim of the caller's token names the Team Portal: enter one.")
            return found
        try:
            path = canonical(found["path"]) if found["path"] else None
        except InvalidArgument as fault:
            self.add_error("path", fault.message)
            return found
        found["place"] = Place(found["portal"], tenant, path, time.time())
        found["who"] = Principal("", found["subject"], found["client"], found["organization"], frozenset(), 1 << 40)
        return found
