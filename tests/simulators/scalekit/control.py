"""The knobs of the simulated environment.

approve         who signs in without being asked (None: show the page)
answers_issuer  whether RFC 9207's `iss` is sent
issuer_form     "environment" or "resource"
lifetime        seconds of new tokens
keys_mode       good, or trouble: down, error, redirect, oversized, compressed, trickle, html, empty, deep
keys_seconds    delay of `/keys`
rotate          "overlap" or "alone"; retire_old publishes only the newest key; withdraw takes one back by its id
extra_keys      junk beside the good keys
document        {url: metadata} of a CIMD client
machine         {"client_id", "client_secret", "scope"}
mint            {"person", "claims", "header"}
signing_key     give the newest key away, private half and all: {"kid", "pem"}
key_fetches, followed   how often `/keys` was asked for, and its redirect followed
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from tests.simulators.scalekit.environment import Environment, SigningKey


class Control:
    """Turns knobs; answers what was asked for."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._knobs: dict[str, Callable[[Any], Any]] = {
            "approve": lambda value: setattr(environment, "approve", value),
            "answers_issuer": lambda value: setattr(environment, "answers_issuer", value),
            "keys_mode": lambda value: setattr(environment, "keys_mode", value),
            "keys_seconds": lambda value: setattr(environment, "keys_seconds", value),
            "extra_keys": lambda value: setattr(environment, "extra_keys", value),
            "issuer_form": lambda value: setattr(environment.tokens, "issuer_form", value),
            "lifetime": lambda value: setattr(environment.tokens, "lifetime", value),
            "document": environment.documents.update,
            "machine": lambda value: environment.clients.update({value["client_id"]: value}),
            "rotate": self._rotate,
            "retire_old": lambda _: environment.tokens.keys.__delitem__(slice(None, -1)),
            "withdraw": self._withdraw,
            "mint": self._mint,
            "signing_key": lambda _: environment.tokens.keys[-1].given_away(),
            "followed": lambda _: environment.followed,
            "key_fetches": lambda _: environment.key_fetches,
        }

    async def answer(self, request: Request) -> JSONResponse:
        """Turn each knob in order."""
        wishes = await request.json()
        unknown = wishes.keys() - self._knobs.keys()
        if unknown:
            return JSONResponse({"error": f"unknown knobs: {sorted(unknown)}"}, 400)
        return JSONResponse({name: self._knobs[name](value) for name, value in wishes.items()})

    def _rotate(self, way: str) -> str:
        fresh = SigningKey.new()
        self.environment.tokens.keys[:] = [*(self.environment.tokens.keys if way == "overlap" else []), fresh]
        return fresh.kid

    def _withdraw(self, kid: str) -> None:
        self.environment.tokens.keys[:] = [key for key in self.environment.tokens.keys if key.kid != kid]

    def _mint(self, wish: dict[str, Any]) -> str:
        return self.environment.tokens.mint(wish["person"], header=wish.get("header"), **wish.get("claims", {}))
