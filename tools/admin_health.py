"""The admin's side of portals' health: the badge in the list and on the page of a profile, and *Check now*."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from tools.health import State
from tools.health_rows import badge_of
from tools.looking import Seen, look_now
from tools.models import PortalProfile

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

MAY_CHECK: Final = "tools.check_portalprofile"
COLOURS: Final = {State.GOOD: "success", State.TROUBLE: "danger", State.UNKNOWN: "warning", State.DISABLED: "info"}
SECONDS: Final = 28.0
"""The longest that one press of the button takes."""
BUSY: Final = "A check is under way already. Wait until it has ended, and try again."
_turn = threading.Lock()
"""One check at a time in a worker: whoever presses the button often does not press on the portals."""


class HealthColumns:
    """Two columns of the list of profiles, one action, and the badge on a profile's page."""

    @display(  # type: ignore[untyped-decorator]  # unfold has no types
        description="health",
        ordering="health__good",
        label={
            "good": COLOURS[State.GOOD],
            "trouble": COLOURS[State.TROUBLE],
            "disabled": COLOURS[State.DISABLED],
            "not checked": COLOURS[State.UNKNOWN],
            "not checked lately": COLOURS[State.UNKNOWN],
        },
    )
    def health_badge(self, row: PortalProfile) -> str:
        """The state in one word, in colour."""
        return badge_of(row).label

    @display(description="last look")  # type: ignore[untyped-decorator]
    def health_text(self, row: PortalProfile) -> str:
        """The state in a sentence."""
        return badge_of(row).text

    def has_check_permission(self, request: HttpRequest) -> bool:
        """Whoever may test connections."""
        return request.user.has_perm(MAY_CHECK)

    @action(description="Check the chosen portals now", permissions=["check"])  # type: ignore[untyped-decorator]
    def check_now(self, request: HttpRequest, queryset: QuerySet[PortalProfile]) -> None:
        """Look at the chosen rows' portals, several at a time, and say what was found."""
        check_and_tell(self, request, list(queryset))


def check_and_tell(model_admin: Any, request: HttpRequest, rows: list[PortalProfile]) -> None:
    """Look at the enabled ones among `rows` and leave a message for each that is not good."""
    if not _turn.acquire(blocking=False):
        model_admin.message_user(request, BUSY, messages.WARNING)
        return
    try:
        seen = look_now((row for row in rows if row.enabled), within=SECONDS)
    finally:
        _turn.release()
    for each in seen:
        if each.found is None or not each.found.good:
            model_admin.message_user(request, words(each), messages.ERROR)
    if good := [each.profile.name for each in seen if each.found is not None and each.found.good]:
        model_admin.message_user(request, f"Good: {', '.join(good)}.", messages.SUCCESS)
    if off := [row.name for row in rows if not row.enabled]:
        model_admin.message_user(request, f"Not looked at, since disabled: {', '.join(off)}.", messages.WARNING)


def words(seen: Seen) -> str:
    """What was found in one sentence, and what to do in another."""
    if seen.found is None:
        return f"{seen.profile.name}: no answer within {SECONDS:g} s. See whether the portal is under load."
    return f"{seen.profile.name}: {seen.found.error} {seen.found.remedy}".strip()


@require_POST
def check_page(request: HttpRequest, key: int, *, model_admin: Any) -> HttpResponse:
    """Look at one profile's portal now, with its own account, and lead back to its page."""
    if not request.user.has_perm(MAY_CHECK):
        raise PermissionDenied
    row = PortalProfile.objects.filter(pk=key).first()
    if row is None:
        raise Http404
    check_and_tell(model_admin, request, [row])
    return HttpResponseRedirect(reverse("admin:tools_portalprofile_change", args=[key]))
