"""Composition root: where portal tools and access rules meet."""
