"""Runs one process or several: uvicorn's supervisor, which here notices at once that a worker is gone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess

if TYPE_CHECKING:
    from ctera_mcp_site.conf import Listening

DRAIN_SECONDS: Final = 20
READY_SECONDS: Final = 30
"""How long a living worker may be silent before it is replaced; uvicorn's five give up on a busy machine."""


class Supervisor(Multiprocess):
    """Starts workers, starts a dead or silent one anew, and ends them on SIGTERM and SIGINT.

    uvicorn 0.54 asks each worker twice a second whether it lives and waits for the answer on a pipe of which it
    holds both ends. So the pipe of a worker that dies between question and answer does not break: uvicorn waits for
    as long as a living worker may be silent, and neither starts another nor heeds a signal meanwhile.
    """

    def keep_subprocess_alive(self) -> None:
        """As uvicorn's own; but a pipe breaks when its worker ends, since the worker alone holds the other end."""
        for process in self.processes:
            process.child_conn.close()  # may be closed twice
        super().keep_subprocess_alive()


def configured(app: str, listen: Listening) -> Config:
    """How an ASGI application, such as `module:name`, is served."""
    return Config(
        app,
        host=listen.host,
        port=listen.port,
        workers=listen.workers,
        loop="uvloop",
        http="ctera_mcp_site.protocol:Protocol",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=bool(listen.trusted_proxies),
        forwarded_allow_ips=listen.trusted_proxies,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_worker_healthcheck=READY_SECONDS,
    )


def run(config: Config) -> bool:
    """Serve until a signal ends it; False if the only process could not begin."""
    with suppress(KeyboardInterrupt):  # uvicorn raises it again after it has drained
        if config.workers > 1:
            Supervisor(config, sockets=[config.bind_socket()]).run()
        else:
            config.load_app()
            server = Server(config)
            server.run()
            return server.started
    return True
