"""The form of a policy says what its fields do where one could be mistaken."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from oauth.models import Policy


@pytest.mark.django_db
def test_the_form_says_that_each_worker_counts_calls_for_itself(client: Client) -> None:
    olga = User.objects.create_superuser("olga")
    client.force_login(olga, "django.contrib.auth.backends.ModelBackend")
    html = client.get("/admin/oauth/policy/add/").content.decode()
    assert 'name="calls_per_minute"' in html
    assert "Each worker counts for itself" in html
    assert "RATE_LIMIT_STORAGE" in html


@pytest.mark.django_db
def test_the_list_reads_the_limit_aloud(client: Client) -> None:
    client.force_login(User.objects.create_superuser("olga"), "django.contrib.auth.backends.ModelBackend")
    Policy(name="Slow", scopes=["ctera:read"], toolsets=["read"], calls_per_minute=60).save()
    assert "always, 60 calls a minute each" in client.get("/admin/oauth/policy/").content.decode()
