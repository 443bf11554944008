"""Operator commands of the portal room."""
