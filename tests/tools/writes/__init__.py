"""The tools that change things, driven over HTTP against the simulated portal."""
