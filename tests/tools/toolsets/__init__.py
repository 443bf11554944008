"""Tests of toolsets alone: no process, no portal."""
