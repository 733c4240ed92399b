"""What is ordinary in projects with Django REST Framework works here, too."""

from typing import Any

import pytest
from django.test import override_settings
from django.urls import path
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.test import APIClient
from rest_framework.views import APIView

from api_project.http.representation.renderers import JSONRenderer, to_json
from api_project.http.representation.serializers import ResourceSerializer
from api_project.http.viewsets.list import ListMixin
from posts.models import Tag
from tests.client import Client

pytestmark = pytest.mark.django_db


class Refusal(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        if "X-Name" in request.headers:
            self.message = f"Not for {request.headers['X-Name']}."
        return False


class EnvelopeRenderer(JSONRenderer):
    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return to_json({"status": renderer_context["response"].status_code, "data": data})


class TagSerializer(ResourceSerializer[Tag]):
    class Meta:
        model = Tag
        fields = ("slug",)


class Tags(ListMixin[Tag]):
    queryset = Tag.objects.all()
    serializer_class = TagSerializer


class RefusedTags(Tags):
    permission_classes = [Refusal]


class WrappedTags(Tags):
    renderer_classes = [EnvelopeRenderer]


urlpatterns = [
    path("refused", RefusedTags.as_view({"get": "list"})),
    path("wrapped", WrappedTags.as_view({"get": "list"})),
]


@override_settings(ROOT_URLCONF=__name__)
def test_a_message_that_a_permission_sets_is_for_that_request_alone(member_client: Client) -> None:
    details = [member_client.get("/refused", headers=headers).json()["detail"] for headers in ({"X-Name": "Ann"}, {})]

    assert "Ann" in details[0]
    assert "Ann" not in details[1]


@override_settings(ROOT_URLCONF=__name__)
def test_a_renderer_may_depend_on_the_status() -> None:
    assert APIClient().get("/wrapped").json()["status"] == 200
