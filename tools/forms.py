"""The form of a portal profile; the password goes in and never comes out."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget

from tools.models import NOT_A_NAME, PortalProfile


class PortalProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A profile with a write-only password: empty keeps the stored one."""

    new_password = forms.CharField(
        label="New password",
        required=False,
        strip=False,
        max_length=1000,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}, render_value=False),
        help_text="Never shown again. Empty keeps the stored one.",
    )

    class Meta:
        model = PortalProfile
        exclude = ("sealed_password",)  # noqa: DJ006 - the only column that no form may hold
        error_messages = {"name": NOT_A_NAME}  # a form asks itself before it asks the model

    def clean(self) -> dict[str, Any]:
        """A new profile needs a password."""
        cleaned = super().clean() or {}
        if self.instance.pk is None and not cleaned.get("new_password"):
            self.add_error("new_password", "Enter the account's password.")
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Leave the one default to the service, which takes the mark from the other profile as it saves."""
        return {*super()._get_validation_exclusions(), "default"}  # type: ignore[misc]  # untyped in the stubs
