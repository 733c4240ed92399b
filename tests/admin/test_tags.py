"""Tags in the admin."""

import re
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from posts.models import Tag
from tests.admin.forms import opened
from tests.factories import make_post

TAGS = "admin:posts_tag_changelist"


def test_the_list_shows_how_many_posts_have_a_tag(pages: Client) -> None:
    for _post in range(2):
        make_post(tags=("tea",))
    shown = pages.get(reverse(TAGS)).content.decode()
    assert '<td class="field-post_count">2</td>' in shown
    assert ".None" not in shown


@pytest.mark.parametrize("together", [False, True])
def test_a_tag_in_use_stays_and_the_page_says_why(pages: Client, together: bool) -> None:
    make_post(tags=("used",))
    tag = Tag.objects.get()
    url = reverse(TAGS) if together else reverse("admin:posts_tag_delete", args=[tag.pk])
    chosen = {"action": "delete_selected", "_selected_action": [tag.pk]} if together else {}
    responses = [pages.post(url, chosen) if together else pages.get(url), pages.post(url, {**chosen, "post": "yes"})]
    for response in responses:
        assert response.status_code == HTTPStatus.OK
        assert "used: 1 post uses it. Remove it from that post first." in response.content.decode()
        assert "permission" not in response.content.decode()
    assert Tag.objects.exists()


@pytest.mark.parametrize("together", [False, True])
def test_an_unused_tag_is_deleted(pages: Client, together: bool) -> None:
    tag = Tag.objects.create(slug="unused")
    url = reverse(TAGS) if together else reverse("admin:posts_tag_delete", args=[tag.pk])
    pages.post(url, {"post": "yes", "action": "delete_selected", "_selected_action": [tag.pk]})
    assert not Tag.objects.exists()


def test_a_new_tag_becomes_a_slug(pages: Client) -> None:
    pages.post(reverse("admin:posts_tag_add"), {"slug": "Slow Food"})
    assert Tag.objects.get().slug == "slow-food"


def test_the_form_of_a_post_leads_to_a_new_tag_for_it(editor_pages: Client) -> None:
    page = editor_pages.get(reverse("admin:posts_post_add"))
    link = rf'href="{reverse("admin:posts_tag_add")}\?[^"]*_popup=1'
    assert re.search(link, page.content.decode())
    created = editor_pages.post(reverse("admin:posts_tag_add"), {"slug": "New", "_popup": "1", "_to_field": "id"})
    assert created.status_code == HTTPStatus.OK
    add = reverse("admin:posts_post_add")
    form = {**opened(editor_pages, add), "title": "Tea", "body": "Tea.", "tags": [Tag.objects.get().pk]}
    assert editor_pages.post(add, form).status_code == HTTPStatus.FOUND
    assert Tag.objects.get().posts.get().title == "Tea"
