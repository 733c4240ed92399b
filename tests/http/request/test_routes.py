"""Paths are resolved and built as Django does it, whatever was resolved before."""

from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import Resolver404, re_path, reverse_lazy

from api_project.db.fields import new_id
from api_project.http.request import routes
from api_project.http.request.wsgi import Request

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-%s[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def view(request: HttpRequest, key: str) -> HttpResponse:
    return HttpResponse(key)


urlpatterns = [re_path(rf"^{version}/(?P<key>{UUID % version})$", view, name=f"by-{version}") for version in (4, 7)]


@pytest.mark.parametrize("version", [4, 7])
def test_a_route_may_be_for_ids_of_one_version(version: int) -> None:
    keys = {4: uuid4(), 7: new_id()}
    assert routes.resolve(f"/{version}/{keys[version]}", __name__).kwargs == {"key": str(keys[version])}
    with pytest.raises(Resolver404):
        routes.resolve(f"/{version}/{keys[11 - version]}", __name__)


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(("version", "new"), [(4, uuid4), (7, new_id)])
def test_a_path_can_be_built_for_ids_of_one_version(version: int, new: type) -> None:
    key = new()
    assert routes.reverse(f"by-{version}", key) == f"/{version}/{key}"


def test_the_url_of_a_path_that_is_built_later() -> None:
    request = Request(RequestFactory().get("/").environ)

    path: Any = reverse_lazy("index")

    assert request.build_absolute_uri(path) == "http://testserver/api/v1"


def test_long_paths_take_no_memory() -> None:
    before = routes._resolve.cache_info().currsize
    match = routes.resolve(f"/api/v1/posts/{'x' * 5000}")

    assert match.kwargs == {"id": "x" * 5000}
    assert routes._resolve.cache_info().currsize == before
