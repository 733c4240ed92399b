"""The meaning of each problem type, at the URI that `type` gives."""

from typing import Any

from django.http import Http404
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http.problems.types import PROBLEM_TYPES, ProblemType
from api_project.http.viewsets.base import ApiView


class LocalizedApiView(ApiView):
    """A view that responds in the client's language, as problems do."""

    takes_no_parameters = True

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.is_translated = True  # type: ignore[attr-defined]
        return response


class ProblemTypesView(LocalizedApiView):
    """Every problem type."""

    def get(self, request: Request) -> Response:
        return Response({"results": [_representation(problem) for problem in PROBLEM_TYPES]})


class ProblemTypeView(LocalizedApiView):
    """One problem type."""

    def get(self, request: Request, code: str) -> Response:
        if code not in PROBLEM_TYPES:
            raise Http404
        return Response(_representation(PROBLEM_TYPES[code]))


def _representation(problem: ProblemType) -> dict[str, Any]:
    return {
        "type": problem.uri,
        "code": problem.code,
        "status": problem.status.value,
        "title": str(problem.title),
        "detail": str(problem.detail),
    }


urlpatterns = [
    path("api/problems", ProblemTypesView.as_view(), name="problems"),
    path("api/problems/<str:code>", ProblemTypeView.as_view(), name="problem"),
]
