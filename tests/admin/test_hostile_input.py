"""No input causes a 500 in the admin: each field of each page takes each value that caused one elsewhere."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.contrib import admin as django_admin
from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse

from posts.models import Post
from tests.admin.conftest import IN_ADMIN
from tests.admin.forms import Sent, opened
from tests.factories import PASSWORD
from users.models import User

# Percent-encoded: values that are not UTF-8 have no other spelling in a query.
UNUSABLE = ["%00", "a%00b", "%ED%A0%80", "%FF"]
# Values that Python parses and the database compares: the engines limit them differently.
NUMBERS = ["-1", "9" * 30]
DATES = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00"]
OF_DATABASES = ["[", *NUMBERS, *DATES, "00000000-0000-0000-0000-000000000000"]
# Values that Python refuses, or takes as text, before the database could.
OF_PYTHON = ["", "abc", "_00", "9" * 5000, "²", "0000-00-00"] if connection.vendor == "sqlite" else []
VALUES = [*OF_PYTHON, *OF_DATABASES]
TEXTS = ["\x00", "a\r\n\t\x0b\x7f\u2028", "a" * 5000, "a" + "\u0301" * 40]
OF_LISTS = ["o", "p", "q", "all", "e", "_facets", "_popup"]
MODELS = sorted((model._meta for model in django_admin.site._registry), key=str)

pytestmark = pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime")


@pytest.fixture
def pages(admin: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(admin)
    return client


@pytest.fixture
def forms(rows: dict[str, models.Model]) -> dict[str, Sent]:
    """The fields that add an instance of each model, by its label."""
    journal: list[Sent] = [{"title": ["T"]}] * 2
    return dict(zip(rows, [*(dict(resource.admin_form) for resource in IN_ADMIN), *journal], strict=True))


def declared(client: Client, model: Any) -> set[str]:
    """The parameters that the filters of a list take."""
    filters = client.get(page(model, "changelist")).context["cl"].filter_specs
    return {name for each in filters for name in each.expected_parameters()}


def page(model: Any, name: str, *args: Any) -> str:
    return reverse(f"admin:{model.app_label}_{model.model_name}_{name}", args=args)


def assert_no_500(client: Client, method: str, url: str, data: Any = None) -> Any:
    saved = transaction.savepoint()
    response = client.get(url) if method == "GET" else client.post(url, data)
    transaction.savepoint_rollback(saved)
    assert response.status_code < 500, f"{method} {url[:200]} {str(data)[:500]}"
    assert response.headers["Content-Type"].startswith(("text/html", "application/json"))
    return response


def shows_list(client: Client, url: str, parameters: list[str], value: str) -> bool:
    """True if the list takes the parameters and queries the database, which it does not for an unknown author."""
    response = assert_no_500(client, "GET", f"{url}?{urlencode(dict.fromkeys(parameters, value))}")
    return response.status_code == HTTPStatus.OK and not response.context["cl"].queryset.query.is_empty()


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_no_query_of_a_list_is_a_500(pages: Client, rows: dict[str, models.Model], model: Any) -> None:
    """Filters that take any text take it together, since Django stops at the first value that it refuses."""
    url, names = page(model, "changelist"), declared(pages, model)
    together = [name for name in names if shows_list(pages, url, [name], "abc")]
    for value in VALUES:
        alone = [["_to_field"], *([name] for name in names - {*together})]
        if not shows_list(pages, url, [*OF_LISTS, *together], value):
            alone += [OF_LISTS, *([name] for name in together)]
        for parameters in alone:
            shows_list(pages, url, parameters, value)


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
        if assert_no_500(pages, "GET", f"{page(model, 'add')}?{urlencode(query)}").status_code == HTTPStatus.FORBIDDEN:
            return  # Nobody may use this form, whatever the values.


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_no_path_is_a_500(pages: Client, rows: dict[str, models.Model], model: Any) -> None:
    for key in [quote(value, safe="") for value in VALUES] + UNUSABLE:
        url = f"/admin/{model.app_label}/{model.model_name}/{key}"
        for name in ("change", "history", *(["password"] if model.label == "users.User" else [])):
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
    if assert_no_500(pages, "POST", url, form).status_code == HTTPStatus.FORBIDDEN:
        return  # Nobody may use this form, whatever the values.
    for value in [*VALUES, *TEXTS]:
        response = assert_no_500(pages, "POST", url, dict.fromkeys(form, value))
        assert_no_500(pages, "POST", url, {**form, "_to_field": value})
        refused = response.context["adminform"].form.errors if response.context else {}
        for field in form if value in TEXTS else ():
            if field not in refused:  # The others do not come to the database.
                assert_no_500(pages, "POST", url, {**form, field: value})
    for field in ("_popup", "_saveasnew"):
        for value in TEXTS[:2]:
            assert_no_500(pages, "POST", url, {**form, field: value})


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_no_key_of_an_action_is_a_500(pages: Client, rows: dict[str, models.Model], model: Any) -> None:
    for value in [*VALUES, "\x00"]:
        form = {"action": "delete_selected", "_selected_action": value}
        assert_no_500(pages, "POST", page(model, "changelist"), form)


def test_no_action_is_a_500(pages: Client, rows: dict[str, models.Model], post: Post) -> None:
    form = {"action": "delete_selected", "_selected_action": str(post.pk)}
    for field in ("action", "index", "select_across"):
        for value in [*VALUES, "\x00"]:
            assert_no_500(pages, "POST", reverse("admin:posts_post_changelist"), {**form, field: value})


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
