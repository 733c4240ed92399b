"""The notes that this project stores on a request."""

from django.test import RequestFactory
from rest_framework.request import Request

from api_project.http.notes import RequestNotes
from api_project.http.request.clock import request_time


def test_a_request_of_djangos_factory_has_notes_of_its_own(rf: RequestFactory) -> None:
    request, another = rf.get("/"), rf.get("/")
    RequestNotes.get_notes(request).request_id = "a"
    assert RequestNotes.get_notes(request).request_id == "a"
    assert RequestNotes.get_notes(another).request_id == ""


def test_drfs_request_has_the_notes_of_djangos(rf: RequestFactory) -> None:
    request = rf.get("/")
    assert RequestNotes.get_notes(Request(request)) is RequestNotes.get_notes(request)


def test_a_request_has_one_time(rf: RequestFactory) -> None:
    request = rf.get("/")
    assert request_time(request) == request_time(Request(request))
    assert request_time(rf.get("/")) > request_time(request)
