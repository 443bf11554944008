"""A key that was drawn from SECRET_KEY can be written out, so that older audit events outlive a new SECRET_KEY."""

from __future__ import annotations

from pytest_django import Settings

from ctera_mcp_site.environment import audit_keys
from oauth import conf
from oauth.chain import Keys


def test_the_key_of_chains_without_audit_keys_is_the_text_that_the_documentation_says(settings: Settings) -> None:
    settings.AUDIT_KEYS = []
    drawn = Keys.build(conf.audit_keys())
    new = "n" * 40
    settings.AUDIT_KEYS = audit_keys(f"{new},audit chain of {settings.SECRET_KEY}")
    settings.SECRET_KEY = "another"
    kept = Keys.build(conf.audit_keys())
    assert kept.signing == Keys.build([new]).signing
    assert kept.by_id.items() >= drawn.by_id.items()
