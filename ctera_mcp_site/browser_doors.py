"""Puts what a browser may do on each answer: on Django's by a middleware, on all others around the application."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from django.utils.deprecation import MiddlewareMixin

from ctera_mcp_site.browser_rules import PERMISSIONS, content_policy, everywhere

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from oauth.middleware import App, Receive, Scope, Send


class BrowserRules(MiddlewareMixin):
    """Outermost of Django's, so that files and refusals of the others bear the policy too."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the policy; a view never chooses its own."""
        content_type = response.headers.get("Content-Type", "")
        response.headers["Content-Security-Policy"] = content_policy(request.path_info, content_type)
        response.headers["Permissions-Policy"] = PERMISSIONS
        return response


def guarded(app: App, *, is_https: bool) -> App:
    """The application, whose every answer bears the rules; those that a part has set by itself stay."""
    rules = everywhere(is_https=is_https)
    names = rules.keys()
    every = list(rules.items())

    async def with_rules(scope: Scope, receive: Receive, send: Send) -> None:
        async def ruled(event: MutableMapping[str, Any]) -> None:
            if event["type"] == "http.response.start":
                given = {name.lower() for name, _ in event["headers"]}
                missing = every if names.isdisjoint(given) else [rule for rule in every if rule[0] not in given]
                event = {**event, "headers": [*event["headers"], *missing]}
            await send(event)

        await app(scope, receive, ruled)

    return with_rules
