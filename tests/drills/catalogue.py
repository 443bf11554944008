"""Every drill by its name, and the databases on which it shows something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.drills import clocks, databases, deploys, disks, environments, kills, portals
from tests.drills.scene import Outcome, Scene

BOTH: Final = ("sqlite", "postgres")
LITE: Final = ("sqlite",)
POSTGRES: Final = ("postgres",)


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill; `run` raises `AssertionError` naming what went wrong."""

    name: str
    run: Callable[[Scene], Outcome]
    databases: tuple[str, ...] = LITE
    is_long: bool = False
    """Whether it takes too long for the short form."""
    short_on: tuple[str, ...] = BOTH
    """Databases of the short form, where another one takes long to show the same."""


DRILLS: Final = (
    Drill("kills", kills.kill_workers, BOTH),
    Drill("database-locked", databases.database_locked, BOTH, short_on=LITE),
    Drill("database-gone", databases.database_gone, BOTH),
    Drill("database-full", disks.database_full, BOTH),
    Drill("database-silent", databases.database_silent, POSTGRES, is_long=True),
    Drill("portal-slow", portals.portal_slow),
    Drill("portal-down", portals.portal_down),
    Drill("portal-certificate", portals.portal_certificate),
    Drill("portal-password", portals.portal_password),
    Drill("portal-pause", portals.portal_pause),
    Drill("portal-unknown", portals.portal_unknown),
    Drill("scalekit-cold", environments.scalekit_cold),
    Drill("scalekit-warm", environments.scalekit_warm),
    Drill("clock-skew", clocks.clock_skew),
    Drill("clock-jump", clocks.clock_jump, is_long=True),
    Drill("deploy-reload", deploys.deploy_reload),
    Drill("deploy-takeover", deploys.deploy_takeover),
    Drill("drain", deploys.drain, BOTH),
    Drill("drain-stuck", deploys.drain_stuck, is_long=True),
    Drill("log-full", disks.log_full),
    Drill("checkpoints-full", disks.checkpoints_full),
    Drill("figures-full", disks.figures_full),
)
