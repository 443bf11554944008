"""Composition root: where portal tools and access rules meet."""

VERSION = "0.1.0"
