"""Tools that look at a portal: driven over HTTP against the simulated portal."""
