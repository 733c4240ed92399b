"""The meaning of each problem type, at the URI that `type` gives."""

from typing import Any

from django.http import Http404
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http.problems.types import PROBLEM_TYPES, ProblemType
from api_project.http.viewsets.base import ApiView
from api_project.meta.example_requests import EXAMPLE_REQUESTS
from api_project.meta.explanations import EXPLANATIONS


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
        response = Response(_representation(PROBLEM_TYPES[code]))
        response.page_template = "meta/problem_type.html"  # type: ignore[attr-defined]
        return response


def _representation(problem: ProblemType) -> dict[str, Any]:
    explanation, request = EXPLANATIONS[problem.code], EXAMPLE_REQUESTS[problem.code]
    return {
        "type": problem.uri,
        "code": problem.code,
        "status": problem.status.value,
        "title": str(problem.title),
        "detail": str(problem.detail),
        "causes": [str(cause) for cause in explanation.causes],
        "fix": str(explanation.fix),
        "example": {"request": request, "response": _example_response(problem, request)},
    }


def _example_response(problem: ProblemType, request: str) -> dict[str, Any]:
    path = request.split()[1].partition("?")[0]
    return {
        "type": problem.uri,
        "title": str(problem.title),
        "status": problem.status.value,
        "detail": str(problem.detail),
        "code": problem.code,
        "instance": path,
        "request_id": "0199c5a0-7b1e-7c39-8a55-3f0a4f1f2b6d",
    }


urlpatterns = [
    path("api/problems", ProblemTypesView.as_view(), name="problems"),
    path("api/problems/<str:code>", ProblemTypeView.as_view(), name="problem"),
]
