"""Resources that belong to another one, such as the comments on a post.

Their list is below the parent's path, and each of them has a path of its own ("shallow nesting"):
`posts/{id}/comments`, but `comments/{id}`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from api_project.db.compiled import BoundParameter
from api_project.http.viewsets.scope import Scope

PARENT_KEY = "parent"  # The name of the parameter that stands for the parent's primary key.


@dataclass(frozen=True)
class Parent:
    """The parent of a resource.

    - `model`: the parent's model.
    - `lookup`: the foreign key of the resource that refers to the parent.
    - `visible`: the parents that the caller of a scope may see. Any other parent is a 404, on every path.
    - `natural_key`: the column besides the id by which the path may name the parent.
    - `path`: the path of the parents' list. Empty: the model's name with an s, such as `posts`.
    - `name`: the name of the parent's key in a path that ends with the key of the resource. Empty: `lookup`.
    """

    model: type[Model]
    lookup: str
    visible: Callable[[Scope], QuerySet[Any]]
    natural_key: str | None = None
    path: str = ""
    name: str = ""

    @property
    def list_path(self) -> str:
        return self.path or f"{self.model._meta.model_name}s"

    @property
    def path_key(self) -> str:
        return self.name or self.lookup

    @property
    def key(self) -> BoundParameter:
        """Stands for the parent's primary key. Each execution binds it, so that all parents share a compiled query."""
        return BoundParameter(PARENT_KEY, self.model._meta.pk)
