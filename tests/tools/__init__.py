"""Tests of the portal room."""
