"""Operator commands of the access room."""
