"""Who looks at the pages that explain, and the environment that signs the tokens they paste."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.simulators.scalekit.fixture import RunningScalekit, start_scalekit

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(scope="session")
def running_scalekit() -> Iterator[RunningScalekit]:
    """One simulated environment for all tests of this folder."""
    with start_scalekit("http://localhost:10000/mcp") as running:
        yield running


@pytest.fixture
def scalekit(running_scalekit: RunningScalekit, settings: object) -> RunningScalekit:
    """The environment, named in the settings."""
    settings.SCALEKIT_ENVIRONMENT_URL = running_scalekit.url  # type: ignore[attr-defined]  # pytest-django's wrapper
    settings.SCALEKIT_RESOURCE_ID = running_scalekit.resource_id  # type: ignore[attr-defined]
    return running_scalekit


def staff(client: Client, *permissions: str) -> Client:
    """A client in which a member of staff with just these permissions is signed in."""
    member = User.objects.create_user("stella", is_staff=True)
    member.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(member, BACKEND)
    return client


@pytest.fixture
def viewer(client: Client) -> Client:
    """May look at policies, and at nothing else."""
    return staff(client, "view_policy")
