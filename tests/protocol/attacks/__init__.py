"""The attacks of docs/conformance.md, row by row, over HTTP against the running server."""
