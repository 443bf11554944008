"""Tests of one-use links."""
