"""Pages of a long list by the key of a row instead of by counting: each page costs the same, however many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator

if TYPE_CHECKING:
    from django.http import HttpRequest

OLDER: Final = "older"
NEWER: Final = "newer"
MOST_DIGITS: Final = 18


class OnePage(Paginator):  # type: ignore[type-arg]  # not generic at run time
    """What Django's templates ask for, about the page that is shown."""

    count = 0


class KeysetChangeList(ChangeList):
    """Newest first; `?older=ID` shows what comes behind that row, `?newer=ID` what comes before it."""

    older = ""
    newer = ""

    def get_filters_params(self, params: Any = None) -> Any:
        """Without our own two."""
        found = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in {OLDER, NEWER}}

    def get_results(self, request: HttpRequest) -> None:
        """Read one page and one row more, which tells whether there is a further one."""
        size = self.list_per_page
        before, after = _number(request, OLDER), _number(request, NEWER)
        rows = self.queryset.order_by("-pk")
        if after is not None:
            found = list(self.queryset.order_by("pk").filter(pk__gt=after)[: size + 1])
            shown = found[:size][::-1]
        else:
            found = list((rows if before is None else rows.filter(pk__lt=before))[: size + 1])
            shown = found[:size]
        has_older = len(found) > size if after is None else True
        has_newer = len(found) > size if after is not None else before is not None
        self.older = self.get_query_string({OLDER: shown[-1].pk}, [NEWER]) if shown and has_older else ""
        self.newer = self.get_query_string({NEWER: shown[0].pk}, [OLDER]) if shown and has_newer else ""
        self.newest = self.get_query_string({}, [OLDER, NEWER])
        self.result_list = shown
        self.result_count = self.full_result_count = len(shown)  # as if there were no more: nobody counts
        self.show_full_result_count, self.show_admin_actions = False, False
        self.can_show_all, self.multi_page = False, False
        self.paginator = OnePage(shown, size)


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text[:MOST_DIGITS]) if text.isascii() and text.isdecimal() else None
