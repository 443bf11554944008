"""The running parts of one worker: built from the configuration, started and stopped with the process."""

from __future__ import annotations

import asyncio
import gc
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import SubscriptionsListenRequestParams

from ctera_mcp_site import conf, reading
from ctera_mcp_site.cursors import shared_box
from ctera_mcp_site.exchange import Exchange, wants_stream
from ctera_mcp_site.file_door import DoorParts, FileDoor
from ctera_mcp_site.file_links import LinkDesk
from ctera_mcp_site.guard import Guard, cross_origin, host_check
from ctera_mcp_site.introductions import note, note_list
from ctera_mcp_site.loose_ends import quietly
from ctera_mcp_site.mcp_endpoint import McpEndpoint, Parts, Wording
from ctera_mcp_site.metrics import Metrics
from ctera_mcp_site.metrics_door import MetricsDoor
from ctera_mcp_site.prober import Prober
from ctera_mcp_site.reporter import Reporter
from ctera_mcp_site.run_directory import RunDirectory
from ctera_mcp_site.subscriptions import METHOD, Subscriptions
from ctera_mcp_site.termination import on_termination
from ctera_mcp_site.traffic import Traffic
from oauth.audit import AuditWriter
from oauth.call_limits import CallLimits, counts_at
from oauth.clients_seen import ClientBook
from oauth.keys import SigningKeys
from oauth.link_store import LinkStore
from oauth.links import LinkSigner
from oauth.middleware import BearerTokenMiddleware, ToolAccessMiddleware, never_stored
from oauth.refusal_log import TurnedAway
from oauth.snapshots import Snapshots
from oauth.tokens import TokenVerifier
from tools.identity_rules import claims_wanted
from tools.portal.pool import SessionPool
from tools.seal_watch import SealWatch
from tools.sealing import unseal
from tools.spec import WriteBounds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ctera_mcp_site.conf import ServerConfiguration
    from oauth.middleware import App, Receive, Scope, Send
    from oauth.policy import PolicySnapshot

log = logging.getLogger(__name__)
GC_THRESHOLDS = (20_000, 50, 100)
"""With a frozen heap: pauses of 40 to 60 ms become 10, as measured with mcp 2.3 under wrk."""


class Runtime:
    """One worker's caches, sessions and tasks; all of it can be lost without changing whose data is returned."""

    exchange_class = Exchange
    wants_stream = staticmethod(wants_stream)

    def __init__(self, configuration: ServerConfiguration) -> None:
        self.configuration = configuration
        self.is_host = host_check(configuration.allowed_hosts)
        self.keys = SigningKeys(f"{configuration.environment_url}/keys")
        self.verifier = TokenVerifier(self.keys, configuration.environment_url, configuration.resource_id)
        self.turned_away = TurnedAway()
        self.pool = SessionPool(unseal)
        self.seals = SealWatch()
        self.audit = AuditWriter(is_reachable=lambda: self.snapshots.is_read)
        self.limits = CallLimits(counts_at(configuration.rate_limit_storage))
        self.snapshots = Snapshots(
            max_staleness=configuration.policy_max_staleness,
            on_change=self._policy_changed,
            lists_step_up=configuration.list_step_up_tools,
        )
        self.subscriptions = Subscriptions(self.snapshots.current, explain=configuration.explain_to_caller)
        self.clients = ClientBook()
        self.reporter = Reporter(self.snapshots, self.keys, self.clients)
        self.desk = LinkDesk(
            LinkStore(),
            LinkSigner(configuration.secret_key),
            configuration.public_url,
            configuration.link_minutes * 60,
        )
        wording = Wording(configuration.explain_to_caller, configuration.insufficient_scope == "tool_error")
        parts = Parts(
            self.pool,
            self.audit,
            self.limits,
            shared_box("cursor", configuration.secret_key),
            self.snapshots.current,
            operation_box=shared_box("operation", configuration.secret_key),
            write_bounds=WriteBounds(
                configuration.upload_limit, configuration.operation_wait, configuration.link_upload_limit
            ),
            desk=self.desk,
            read_limit=configuration.read_limit,
        )
        self.endpoint = McpEndpoint(parts, wording)
        self.endpoint.server.add_request_handler(METHOD, SubscriptionsListenRequestParams, self.subscriptions.listen)
        self.prober = Prober(self.snapshots, self.pool, period=configuration.portal_probe_seconds)
        self.traffic = Traffic()
        shared = conf.metrics()
        self.metrics = Metrics(
            lambda: reading.numbers(self), RunDirectory(Path(shared.directory)) if shared.directory else None
        )
        self.metrics_door = MetricsDoor(shared, self.metrics.page)

    def file_door(self) -> App:
        """The ASGI app of one-use links."""
        configuration = self.configuration
        return FileDoor(
            DoorParts(
                self.desk,
                self.pool,
                self.audit,
                self.snapshots.current,
                self.is_host,
                configuration.explain_to_caller,
                configuration.link_upload_limit,
                configuration.transfer_timeout,
            )
        )

    def _policy_changed(self, snapshot: PolicySnapshot) -> None:
        self.verifier.keep(claims_wanted(snapshot.profiles.values()))
        self.seals.look(snapshot.profiles.values())
        self.pool.retire(snapshot.profiles)
        self.subscriptions.look_again()
        self.reporter.soon()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """Start every part, yield the ASGI app of the data plane, and stop them in the opposite order."""
        server = self.endpoint.server
        asyncio.get_running_loop().set_exception_handler(quietly)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.metrics.close)  # the last to end, so that it leaves the last numbers
            stack.push_async_callback(self.reporter.close)
            stack.push_async_callback(self.keys.close)
            stack.push_async_callback(self.audit.close)
            stack.push_async_callback(self.desk.store.close)
            stack.push_async_callback(self.limits.close)
            stack.push_async_callback(self.pool.close)
            stack.callback(self.turned_away.close)
            await self.snapshots.start()
            stack.push_async_callback(self.snapshots.close)
            await self.keys.start()
            transports = {
                streaming: StreamableHTTPSessionManager(server, stateless=True, json_response=not streaming)
                for streaming in (False, True)
            }
            for manager in transports.values():
                await stack.enter_async_context(manager.run())
            state = await stack.enter_async_context(server.lifespan(server))
            self.prober.start()
            stack.push_async_callback(self.prober.close)
            self.subscriptions.start()
            stack.push_async_callback(self.subscriptions.close)
            stack.enter_context(on_termination(self.subscriptions.end_all))
            app = self._doors(self.exchange_class(self.endpoint, state), transports)
            gc.collect()
            gc.freeze()
            gc.set_threshold(*GC_THRESHOLDS)
            await self.metrics.start()
            await self.reporter.start()
            yield self.traffic.counted(app)

    def _doors(self, exchange: Exchange, transports: dict[bool, StreamableHTTPSessionManager]) -> App:
        configuration = self.configuration

        async def transport(scope: Scope, receive: Receive, send: Send) -> None:
            note(self.clients, scope["message"], scope["access"])
            await answer(scope, receive, send)
            if "listed" in scope:
                note_list(self.clients, scope["access"])

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            streaming = self.wants_stream(scope["message"])
            if not streaming and await exchange.serve(scope, send):
                return
            app = transports[streaming].handle_request
            if scope["message"].get("method") == METHOD:
                await self.subscriptions.serve(app, scope, receive, never_stored(send))
            else:
                await app(scope, receive, never_stored(send))

        access = ToolAccessMiddleware(
            transport,
            snapshots=self.snapshots,
            metadata_url=configuration.metadata_url,
            refuse=self.endpoint.refuse,
        )
        bearer = BearerTokenMiddleware(
            access,
            verifier=self.verifier,
            metadata_url=configuration.metadata_url,
            scopes=self.advertised_scopes,
            turned_away=self.turned_away,
        )
        origins, public_url = configuration.allowed_origins, configuration.public_url
        guard = Guard(bearer, is_host=self.is_host, origins=origins, public_url=public_url)
        return cross_origin(guard, origins=origins, public_url=public_url)

    def advertised_scopes(self) -> list[str]:
        """The scopes that an unauthenticated caller is told to ask for: those that enabled allow policies name."""
        return self.snapshots.advertised_scopes()
