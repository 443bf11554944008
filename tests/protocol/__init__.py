"""The whole server over real HTTP."""
