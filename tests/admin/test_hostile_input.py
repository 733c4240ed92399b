"""No input causes a 500 in the admin: each field of each page takes each value that caused one elsewhere."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.contrib import admin as django_admin
from django.db import models, transaction
from django.test import Client
from django.urls import reverse

from api_project.journal.models import Deletion, Entry
from posts.models import Post
from tests.admin.forms import Sent, opened
from tests.factories import PASSWORD
from tests.journal.resource import make_deleted_post
from tests.resources import resources
from users.models import User

# Percent-encoded: values that are not UTF-8 have no other spelling in a query.
UNUSABLE = ["%00", "a%00b", "%ED%A0%80", "%FF"]
VALUES = [
    "",
    "abc",
    "[",
    "_00",
    "-1",
    "9" * 30,
    "9" * 5000,
    "²",
    "0000-00-00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "00000000-0000-0000-0000-000000000000",
]
TEXTS = ["\x00", "a\r\n\t\x0b\x7f\u2028", "a" * 5000, "a" + "\u0301" * 40]
OF_LISTS = ["o", "p", "q", "all", "e", "_facets", "_popup"]
LOOKUPS = ["", "__in", "__year", "__regex"]
MODELS = sorted((model._meta for model in django_admin.site._registry), key=str)
IN_ADMIN = [resource for resource in resources() if resource.admin_form]

pytestmark = pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime")


@pytest.fixture
def pages(admin: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(admin)
    return client


@pytest.fixture
def rows(member: User) -> dict[str, models.Model]:
    """An instance of each model, by its label: those of the registry, then the journal's."""
    made = [resource.make(member) for resource in IN_ADMIN]
    make_deleted_post(member)
    found = [Entry.objects.latest("pk"), Deletion.objects.latest("pk")]
    return {instance._meta.label: instance for instance in (*made, *found)}


@pytest.fixture
def forms(rows: dict[str, models.Model]) -> dict[str, Sent]:
    """The fields that add an instance of each model, by its label."""
    journal: list[Sent] = [{"title": ["T"]}] * 2
    return dict(zip(rows, [*(dict(resource.admin_form) for resource in IN_ADMIN), *journal], strict=True))


def filters_of(model: Any) -> list[str]:
    """The filter parameters that a list declares, and the relations that a query could filter it by."""
    declared = django_admin.site._registry[model.model].list_filter
    names = [str(getattr(each, "parameter_name", each[0] if isinstance(each, tuple) else each)) for each in declared]
    lookups = ("", "__exact", "__isnull", "__gte", "__lt", "_from", "_to")
    by_value = [f"{name}{lookup}" for name in names for lookup in lookups]
    return [*by_value, *(field.name for field in model.get_fields() if field.is_relation)]


def page(model: Any, name: str, *args: Any) -> str:
    return reverse(f"admin:{model.app_label}_{model.model_name}_{name}", args=args)


def assert_no_500(client: Client, method: str, url: str, data: Any = None) -> None:
    saved = transaction.savepoint()
    response = client.get(url) if method == "GET" else client.post(url, data)
    transaction.savepoint_rollback(saved)
    assert response.status_code < 500, f"{method} {url[:200]} {str(data)[:500]}"
    assert response.headers["Content-Type"].startswith(("text/html", "application/json"))


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_no_query_of_a_list_is_a_500(pages: Client, rows: dict[str, models.Model], model: Any) -> None:
    url = page(model, "changelist")
    for value in VALUES:
        assert_no_500(pages, "GET", f"{url}?{urlencode(dict.fromkeys(OF_LISTS, value))}")
        for name in ("_to_field", "_changelist_filters", *filters_of(model)):
            assert_no_500(pages, "GET", f"{url}?{urlencode({name: value})}")
    for field in model.get_fields():  # These values are no filters.
        for lookup in LOOKUPS:
            assert_no_500(pages, "GET", f"{url}?{urlencode({f'{field.name}{lookup}': '['})}")


@pytest.mark.parametrize("value", UNUSABLE)
def test_text_that_is_not_utf_8_or_has_a_nul_is_a_400(pages: Client, rows: dict[str, models.Model], value: str) -> None:
    urls = [f"{page(model, name)}?any={value}" for model in MODELS for name in ("changelist", "add")]
    completed = f"{reverse('admin:autocomplete')}?app_label=posts&model_name=post&field_name=author&term={value}"
    for url in [*urls, completed, f"{reverse('admin:login')}?next={value}"]:
        response = pages.get(url)
        assert (response.status_code, "Go back" in response.content.decode()) == (400, True)


def test_a_link_with_an_invalid_filter_leads_to_the_whole_list(pages: Client, post: Post) -> None:
    for query in ("published_at__year=0", "title__regex=(", "unknown=1", "published_at__gte=x"):
        response = pages.get(f"{reverse('admin:posts_post_changelist')}?{query}", follow=True)
        assert response.redirect_chain == [("/admin/posts/post/?e=1", 302)]
        assert "has no such filter, value or page" in response.content.decode()


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_no_prefilled_value_is_a_500(pages: Client, rows: dict[str, models.Model], model: Any) -> None:
    for value in VALUES:
        query = {field.name: value for field in model.get_fields()}
        assert_no_500(pages, "GET", f"{page(model, 'add')}?{urlencode(query)}")


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_no_path_is_a_500(pages: Client, rows: dict[str, models.Model], model: Any) -> None:
    for key in [quote(value, safe="") for value in VALUES] + UNUSABLE:
        url = f"/admin/{model.app_label}/{model.model_name}/{key}"
        for name in ("change", "history", "password"):
            assert_no_500(pages, "GET", f"{url}/{name}/")
        for name in ("change", "delete"):
            assert_no_500(pages, "POST", f"{url}/{name}/", {"post": "yes"})


@pytest.mark.parametrize("name", ["add", "change"])
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_no_field_of_a_form_is_a_500(
    pages: Client, rows: dict[str, models.Model], forms: dict[str, Sent], model: Any, name: str
) -> None:
    url = page(model, name, *([rows[model.label].pk] if name == "change" else []))
    form = forms[model.label] | (opened(pages, url) if name == "change" and model.label != "posts.Tag" else {})
    for value in [*VALUES, *TEXTS]:
        assert_no_500(pages, "POST", url, dict.fromkeys(form, value))
        assert_no_500(pages, "POST", url, {**form, "_to_field": value})
    for field in [*form, "_popup", "_saveasnew"]:
        for value in TEXTS:
            assert_no_500(pages, "POST", url, {**form, field: value})


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_no_action_is_a_500(pages: Client, rows: dict[str, models.Model], model: Any) -> None:
    form = {"action": "delete_selected", "_selected_action": str(rows[model.label].pk)}
    for field in ("action", "_selected_action", "index", "select_across"):
        for value in [*VALUES, "\x00"]:
            assert_no_500(pages, "POST", page(model, "changelist"), {**form, field: value})


def test_no_completion_is_a_500(pages: Client, rows: dict[str, models.Model]) -> None:
    for model, field in (("post", "author"), ("post", "tags"), ("posttag", "tag")):
        query = {"app_label": "posts", "model_name": model, "field_name": field, "term": "t"}
        for name in ("field_name", "term", "page"):
            for value in VALUES:
                assert_no_500(pages, "GET", f"{reverse('admin:autocomplete')}?{urlencode({**query, name: value})}")


def test_no_input_of_the_pages_beside_the_models_is_a_500(pages: Client, rows: dict[str, models.Model]) -> None:
    rename = reverse("admin:posts_tag_rename")
    tag = str(rows["posts.Tag"])
    for value in VALUES:
        assert_no_500(pages, "GET", f"/admin/people/?{urlencode({'term': value})}")
        assert_no_500(pages, "GET", f"{rename}?{urlencode({'tag': value})}")
        assert_no_500(pages, "POST", f"{rename}?{urlencode({'tag': tag})}", {"slug": value})
    for value in TEXTS:
        assert_no_500(pages, "POST", f"{rename}?{urlencode({'tag': tag})}", {"slug": value})
        response = pages.post("/admin/preview/", {"text": value})
        assert response.status_code < 500


def test_no_password_is_a_500(pages: Client, rows: dict[str, models.Model]) -> None:
    new = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    own = {"old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD}
    of_user = reverse("admin:auth_user_password_change", args=[rows["users.User"].pk])
    for url, form in ((of_user, new), (reverse("admin:password_change"), own)):
        for field in form:
            for value in TEXTS:
                assert_no_500(pages, "POST", url, {**form, field: value})


def test_no_sign_in_is_a_500(admin: User) -> None:
    form = {"username": admin.username, "password": "wrong", "code": "", "next": "/admin/"}
    client = Client(raise_request_exception=False)
    for field in form:
        for value in ("[", *TEXTS):
            assert_no_500(client, "POST", reverse("admin:login"), {**form, field: value})
