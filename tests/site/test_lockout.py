"""Guessing passwords ends at the tenth try, for that name from that address, and tells nothing about accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core import serializers
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
RIGHT, WRONG = "correct horse battery", "a guess of somebody"
HERE, THERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def olga() -> User:
    return User.objects.create_superuser("olga", password=RIGHT)


def attempt(name: str, password: str, address: str = HERE, **headers: Any) -> Any:
    return Client().post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address, **headers)


def fail(name: str, times: int, **more: str) -> list[Any]:
    return [attempt(name, WRONG, **more) for _ in range(times)]


def test_nine_failures_lock_nobody_out() -> None:
    assert {answer.status_code for answer in fail("olga", 9)} == {200}
    assert attempt("olga", RIGHT).status_code == 302


def test_from_the_tenth_on_even_the_right_password_is_refused_with_words() -> None:
    assert fail("olga", 10)[-1].status_code == 429
    answer = attempt("olga", RIGHT)
    assert answer.status_code == 429
    assert (answer["Retry-After"], answer["Cache-Control"]) == ("900", "no-store")
    assert "for 15 minutes" in answer.content.decode()
    assert "manage.py axes_reset" in answer.content.decode()
    assert "sessionid" not in answer.cookies


def test_the_same_name_from_elsewhere_and_another_name_from_here_may_go_on() -> None:
    User.objects.create_superuser("otto", password=RIGHT)
    fail("olga", 10)
    assert attempt("olga", RIGHT, THERE).status_code == 302
    assert attempt("otto", RIGHT, HERE).status_code == 302


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CLIENT_IP"])
def test_a_header_of_the_caller_is_no_other_address(header: str) -> None:
    for number in range(10):
        attempt("olga", WRONG, **{header: f"192.0.2.{number}"})
    assert attempt("olga", RIGHT, **{header: "192.0.2.99"}).status_code == 429


def test_another_spelling_of_agent_or_a_script_s_header_changes_nothing() -> None:
    for number in range(10):
        attempt("olga", WRONG, HTTP_USER_AGENT=f"agent/{number}")
    answer = attempt("olga", RIGHT, HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    assert answer.status_code == 429
    assert "Access-Control-Allow-Origin" not in answer


def without_token(answer: Any) -> str:
    text: str = answer.content.decode().replace("olga", "NAME").replace("nobody", "NAME")
    token = answer.context["csrf_token"] if answer.context and "csrf_token" in answer.context else ""
    return text.replace(str(token), "")


def test_who_has_no_account_is_answered_as_who_has_one() -> None:
    for known, unknown in zip(fail("olga", 12), fail("nobody", 12), strict=True):
        assert (known.status_code, without_token(known)) == (unknown.status_code, without_token(unknown))


def test_an_inactive_account_and_one_that_is_not_staff_are_answered_alike(olga: User) -> None:
    User.objects.create_user("ida", password=RIGHT, is_staff=True, is_active=False)
    User.objects.create_user("paul", password=RIGHT)
    errors = [
        list(attempt(name, password).context["form"].non_field_errors())
        for name, password in (("ida", RIGHT), ("paul", RIGHT), ("olga", WRONG), ("nobody", WRONG))
    ]
    assert len({str(each) for each in errors}) == 1


def test_after_the_quarter_of_an_hour_it_is_open_again() -> None:
    fail("olga", 10)
    for row in AccessAttempt.objects.all():
        AccessAttempt.objects.filter(pk=row.pk).update(attempt_time=row.attempt_time - timedelta(minutes=16))
    assert attempt("olga", RIGHT).status_code == 302


def test_what_was_typed_as_a_password_is_kept_nowhere(settings: Settings) -> None:
    fail("olga", 3)
    attempt("olga", RIGHT)
    kept = serializers.serialize("json", AccessAttempt.objects.all())
    assert "olga" in kept
    assert WRONG not in kept
    assert RIGHT not in kept


@pytest.mark.parametrize("spelling", ["ｏｌｇａ", " olga ", "olga\u00a0"])
def test_another_spelling_of_the_same_name_counts_as_that_name(spelling: str) -> None:
    fail(spelling, 5)
    fail("olga", 5)
    assert attempt("olga", RIGHT).status_code == 429
    assert attempt(spelling, RIGHT).status_code == 429
