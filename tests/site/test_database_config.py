"""A PostgreSQL that went without a word is given up within seconds, and an operator's own wishes count."""

from __future__ import annotations

from ctera_mcp_site.environment import database_config

POSTGRES = {"ENGINE": "django.db.backends.postgresql", "NAME": "n"}
MOST_SECONDS = 30


def test_a_connection_on_which_nobody_answers_ends_within_seconds() -> None:
    options = database_config(POSTGRES)["OPTIONS"]
    assert options["connect_timeout"] <= MOST_SECONDS
    assert options["tcp_user_timeout"] <= MOST_SECONDS * 1000
    idle, interval, count = (options[f"keepalives_{name}"] for name in ("idle", "interval", "count"))
    assert idle + interval * count <= MOST_SECONDS


def test_connections_are_tried_anew_soon_after_an_outage_however_long_it_was() -> None:
    assert database_config(POSTGRES)["OPTIONS"]["pool"]["reconnect_timeout"] <= MOST_SECONDS


def test_what_the_address_says_comes_before_our_own() -> None:
    options = database_config({**POSTGRES, "OPTIONS": {"connect_timeout": 2, "sslmode": "require"}})["OPTIONS"]
    assert (options["connect_timeout"], options["sslmode"]) == (2, "require")
    assert options["keepalives_count"] == 3
