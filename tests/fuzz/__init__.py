"""Random requests: a short run in the process, a long one over HTTP (`make fuzz`)."""
