"""External judges: the official conformance suite and the mcp-authlab scanner, run against the server."""
