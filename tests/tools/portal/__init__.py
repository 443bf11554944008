"""Portal sessions against the simulated portal."""
