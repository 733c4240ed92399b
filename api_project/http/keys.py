"""What may stand in a path for a resource: its id, or its natural key."""

import re
import unicodedata
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from api_project.http.parsing import unusable
from api_project.http.problems.exceptions import Invalid, parameter_fault

M = TypeVar("M", bound=Model)

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def find_by_key(queryset: QuerySet[M], key: str, natural_key: str | None) -> QuerySet[M]:
    """The row that a path segment names, if there is one. Natural keys are stored in NFKC and lower case."""
    if message := unusable(key):
        raise Invalid([parameter_fault("id", "invalid_text", message)])
    if _UUID.fullmatch(key):
        return queryset.filter(pk=key)
    if natural_key is None:
        raise Http404
    return queryset.filter(**{natural_key: unicodedata.normalize("NFKC", key).lower()})
