"""Measures this server against the bare SDK and FastMCP: same load, same machine, one run."""
