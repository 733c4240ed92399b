"""The buttons “Publish now”, with a time in the future, and “Save draft”."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from posts.models import Post
from tests.admin.forms import form_of
from tests.admin.test_writing import ADD, FUTURE, errors, press
from tests.factories import make_post


def make_draft() -> Post:
    return make_post(published_at=None)


def make_scheduled() -> Post:
    return make_post(published_at=timezone.now() + timedelta(days=1))


@pytest.mark.parametrize(
    ("make", "button"), [(None, "Schedule"), (make_draft, "Schedule"), (make_scheduled, "Save changes")]
)
def test_a_post_with_a_typed_time_in_the_future_is_not_published_at_once(
    editor_pages: Client, make: Callable[[], Post] | None, button: str
) -> None:
    refused = press(editor_pages, "_publish", make and make(), **FUTURE)
    text = f"This is in the future. Choose “{button}”, or empty the field to publish now."
    assert errors(refused) == {"published_at": [text]}
    assert not Post.objects.filter(published_at__lte=timezone.now()).exists()
    assert form_of(refused, "post_form")["published_at_0"] == ["2099-01-31"]


def test_a_scheduled_post_with_an_emptied_time_is_published_at_once(editor_pages: Client) -> None:
    press(editor_pages, "_publish", make_scheduled(), published_at_0="", published_at_1="")
    assert Post.objects.filter(published_at__lte=timezone.now()).exists()


def test_saving_a_draft_is_as_prominent_as_publishing_it(editor_pages: Client) -> None:
    page = editor_pages.get(ADD).content.decode()
    for name, label in (("_continue", "Save draft"), ("_publish", "Publish now")):
        assert f'name="{name}" value="{label}" class="default"' in page
