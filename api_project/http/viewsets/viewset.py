"""A resource with all of its actions."""

from api_project.http.viewsets.list import ListMixin
from api_project.http.viewsets.retrieve import M, RetrieveMixin
from api_project.http.viewsets.write import CreateMixin, DestroyMixin, PartialUpdateMixin, UpdateMixin


class ResourceViewSet(
    ListMixin[M], RetrieveMixin[M], CreateMixin[M], UpdateMixin[M], PartialUpdateMixin[M], DestroyMixin[M]
):
    """A resource with all of its actions."""
