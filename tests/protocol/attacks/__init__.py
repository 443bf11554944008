"""The attack list, row by row, over HTTP against the running server."""
