"""A resource with all of its actions."""

from api_project.http.viewsets.list import Listed
from api_project.http.viewsets.retrieve import M, Retrieved
from api_project.http.viewsets.write import Created, Deleted, Patched, Replaced


class ResourceViewSet(Listed[M], Retrieved[M], Created[M], Replaced[M], Patched[M], Deleted[M]):
    """A resource with all of its actions."""
