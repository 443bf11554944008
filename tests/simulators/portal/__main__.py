"""Run the simulator: `python -m tests.simulators.portal`; one JSON line says where it listens."""

from __future__ import annotations

import argparse

import uvloop

from tests.simulators.portal.server import Ports, run
from tests.simulators.portal.state import Options


def main() -> None:
    """Read the options and run until told to stop."""
    parser = argparse.ArgumentParser(prog="portal", description=__doc__)
    parser.add_argument("--tls-port", type=int, default=0)
    parser.add_argument("--http-port", type=int, default=0)
    parser.add_argument("--extra-tenants", type=int, default=0, help="more Team Portals: bulk-001, bulk-002, ...")
    parser.add_argument("--default-tenant", default="acme", help="the Team Portal of a host without a name")
    chosen = parser.parse_args()
    options = Options(chosen.extra_tenants, chosen.default_tenant)
    uvloop.run(run(options, Ports(chosen.tls_port, chosen.http_port)))


if __name__ == "__main__":
    main()
