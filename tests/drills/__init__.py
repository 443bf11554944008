"""Failure drills: what a caller, an operator and the audit see when something breaks, and that nothing is lost."""
