"""Fields and models of other kinds are written and read as Django does it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import models
from django.db.models.functions import Cast
from django.db.models.signals import post_init  # noqa: TID251 (Its receivers see what is read.)
from django.test.utils import isolate_apps
from django.utils import timezone
from pytest_django import Settings

from api_project.db.fields import new_id
from api_project.db.model_queries import CompiledModelQuery, instance_of
from api_project.db.writes import insert_of
from posts.models import Post


class LowerCaseField(models.CharField[str, str]):
    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).lower()


class Marked:
    """A field's attribute that marks what is set."""

    def __init__(self, name: str) -> None:
        self.place = f"_{name}"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else vars(instance)[self.place]

    def __set__(self, instance: Any, value: str) -> None:
        vars(instance)[self.place] = f"<{value}>"


class MarkedField(models.CharField[str, str]):
    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, Marked(name))


@pytest.fixture
def model() -> Iterator[Any]:
    with isolate_apps("posts"):

        class Thing(models.Model):
            id = models.UUIDField(primary_key=True, default=new_id)
            lower = LowerCaseField(max_length=10)
            at = models.DateTimeField()
            marked = MarkedField(max_length=10)

            class Meta:
                app_label = "posts"

        yield Thing


@pytest.mark.django_db
def test_a_field_converts_what_is_inserted(model: Any) -> None:
    parameters = insert_of(model(lower="ABC", at=timezone.now(), marked="x")).query.parameters

    assert (parameters[1], parameters[3]) == ("abc", "<x>")


@pytest.mark.django_db
def test_a_naive_time_is_in_the_zone_of_the_settings(model: Any, settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    naive, aware = datetime(2026, 7, 1, 12), datetime(2026, 7, 1, 10, tzinfo=UTC)  # noqa: DTZ001

    with pytest.warns(RuntimeWarning, match="naive"):
        inserted = insert_of(model(lower="", at=naive, marked="")).query.parameters[2]
    assert inserted == insert_of(model(lower="", at=aware, marked="")).query.parameters[2]


def test_a_field_may_store_its_value_in_its_own_way(model: Any) -> None:
    instance = instance_of(model, ["id", "marked"], (new_id(), "x"), using="default")

    assert instance.marked == "<x>"


@contextmanager
def listening(receiver: Any) -> Iterator[None]:
    post_init.connect(receiver, sender=Post)
    try:
        yield
    finally:
        post_init.disconnect(receiver, sender=Post)


def test_a_receiver_of_signals_may_be_connected_after_the_first_query(post: Post) -> None:
    query, seen = CompiledModelQuery(Post.objects.all()), []
    query.first()

    def receive(instance: Post, **_rest: Any) -> None:
        seen.append(instance.pk)

    with listening(receive):
        query.first()
    assert seen == [post.pk]


def test_text_with_hyphens_can_be_cast_to_an_id(post: Post) -> None:
    text = models.Value("01890a5d-ac96-774b-bcce-b302099a8057", output_field=models.TextField())
    found = Post.objects.annotate(cast=Cast(text, models.UUIDField())).values_list("cast", flat=True)

    assert list(found) == [UUID("01890a5d-ac96-774b-bcce-b302099a8057")]
