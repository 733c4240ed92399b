"""Dates and times in the admin's forms: as people type them, and as the pages show them."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from posts.models import Post
from tests.admin.forms import opened
from tests.admin.test_writing import ADD, errors, press


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        ("2099-01-31", "8:48 a.m.", "08:48"),
        ("Jan. 31, 2099", "9:30pm", "21:30"),
        ("31 January 2099", "9 PM", "21:00"),
        ("1/31/2099", "21:30", "21:30"),
        ("2099-01-31", "", "00:00"),
        ("2099-01-31", "midnight", "00:00"),
        ("2099-01-31", "noon", "12:00"),
        ("2099-01-31", "12:05 am", "00:05"),
        ("2099-01-31", "12 pm", "12:00"),
    ],
)
def test_times_are_taken_as_people_type_them_and_as_the_pages_show_them(
    editor_pages: Client, day: str, at: str, moment: str
) -> None:
    press(editor_pages, "_schedule", published_at_0=day, published_at_1=at)
    published = Post.objects.get().published_at
    assert published is not None
    assert published.isoformat() == f"2099-01-31T{moment}:00+00:00"


def test_times_are_taken_in_spanish(editor_pages: Client) -> None:
    form = {**opened(editor_pages, ADD), "title": "T", "body": "B", "_schedule": "any"}
    when = {"published_at_0": "31 de enero de 2099", "published_at_1": "9:30 p. m."}
    editor_pages.post(ADD, {**form, **when}, headers={"Accept-Language": "es"})
    assert Post.objects.get().published_at == datetime(2099, 1, 31, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "error"),
    [
        ("31 Foo 2099", "", "Enter a date such as 2026-01-31."),
        ("Feb. 30, 2099", "", "Enter a date such as 2026-01-31."),
        ("2099-01-31", "25:00", "Enter a time such as 21:30 or 9:30 p.m."),
        ("2099-01-31", "13 pm", "Enter a time such as 21:30 or 9:30 p.m."),
        ("", "21:30", "Enter a date, too."),
    ],
)
def test_an_error_about_a_time_has_an_example(editor_pages: Client, day: str, at: str, error: str) -> None:
    refused = press(editor_pages, "_schedule", published_at_0=day, published_at_1=at)
    assert errors(refused) == {"published_at": [error]}


def test_the_pages_name_the_zone_of_their_times(editor_pages: Client) -> None:
    page = editor_pages.get(ADD).content.decode()
    assert "9:30 p.m., in UTC. A date alone is its midnight." in page
    assert "All times are in UTC." in page
