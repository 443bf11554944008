"""A Scalekit environment on loopback: discovery, registration, consent, tokens, keys, and trouble on demand."""
