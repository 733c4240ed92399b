"""What DRF would call, and this API does not, is an error at start that names the remedy."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import override_settings
from django.urls import include, path

from api_project.http.routers import Router
from api_project.http.viewsets.viewset import ResourceViewSet
from posts.models import Tag
from posts.serializers import TagSerializer


class ShoutingSerializer(TagSerializer):
    def to_representation(self, instance: Any) -> Any:
        return {**super().to_representation(instance), "slug": "LOUD"}


def create(self: Any, serializer: Any) -> None:
    serializer.save()


def update(self: Any, serializer: Any) -> None:
    serializer.save()


OVERRIDES: dict[str, tuple[dict[str, Any], str, str]] = {
    "filter_backends": ({"filter_backends": []}, "http.E004", "Use filterset_class"),
    "search_fields": ({"search_fields": ["slug"]}, "http.E004", "Use search"),
    "pagination_class": ({"pagination_class": object}, "http.E004", "the pages of every list"),
    "get_object": ({"get_object": lambda self: None}, "http.E004", "get_queryset"),
    "lookup_field": ({"lookup_field": "slug"}, "http.E004", "Use natural_key"),
    "to_representation": ({"serializer_class": ShoutingSerializer}, "http.E004", "ComputedField"),
    "perform_create": ({"perform_create": create}, "http.E005", "perform_create takes (data)"),
    "perform_update": ({"perform_update": update}, "http.E005", "perform_update takes (instance, data)"),
    "ordering_fields": ({"ordering_fields": ["slug"]}, "http.E006", "mapping of public names to columns"),
}
router = Router()
for name, (override, _code, _message) in OVERRIDES.items():
    declared = {"queryset": Tag.objects.all(), "serializer_class": TagSerializer, **override}
    router.register(name, type(f"With_{name}", (ResourceViewSet,), declared), basename=name)
urlpatterns = [path("", include(router.urls))]


@pytest.fixture
def _overrides() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.mark.usefixtures("_overrides")
@pytest.mark.parametrize("name", OVERRIDES)
def test_an_override_that_would_be_ignored_is_an_error_of_the_check(name: str) -> None:
    _override, code, message = OVERRIDES[name]
    (error,) = (each for each in run_checks() if getattr(each.obj, "__name__", "") == f"With_{name}")

    assert error.id == code
    assert message in error.msg
