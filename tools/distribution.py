"""Counts observations by size: one look and two additions each; what reads it adds up."""

from __future__ import annotations

from bisect import bisect_left


class Distribution:
    """Observations counted by upper bounds (ascending, inclusive), with one more count for those beyond the last."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one observation, in the unit of the bounds."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value
