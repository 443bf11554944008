"""Who is calling: the value that a verified access token becomes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of one request, from signed claims only (`docs/glossary.md`).

    `issuer` is the environment's URL whichever issuer form the token used, so that a subject stays one subject
    through Scalekit's issuer migration. `expires_at` is Unix time in seconds. Empty strings mean "claim absent".
    `claims` are those further ones that some portal profile names, and nothing else of the token; there the empty
    string means "out of bounds".
    """

    issuer: str
    subject: str
    client: str
    organization: str
    scopes: frozenset[str]
    expires_at: int
    session_id: str = ""
    token_id: str = ""
    claims: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __hash__(self) -> int:
        """Of the fields that tell callers apart; every request looks its principal up several times."""
        return hash((self.subject, self.client, self.token_id, self.expires_at))

    @property
    def is_machine(self) -> bool:
        """A client that acts for itself: Scalekit sets `sub` to the client id."""
        return self.subject == self.client
