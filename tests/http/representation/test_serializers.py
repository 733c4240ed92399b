"""Serializers of one class are copies of one set of fields, and share no other state."""

from types import SimpleNamespace
from typing import Any

from rest_framework import serializers

from api_project.http.representation.field_selection import parse_fields, restrict_serializer
from api_project.http.representation.serializers import ResourceSerializer
from posts.models import Post, Tag
from posts.serializers import PostSerializer
from users.models import User
from users.serializers import UserSerializer


def test_each_serializer_validates_by_its_own_resource(member: User, other_member: User) -> None:
    body = {"username": member.username}
    first, second = UserSerializer(other_member, data=body), UserSerializer(member, data=body)

    assert [first.is_valid(), second.is_valid()] == [False, True]


def test_every_field_belongs_to_its_serializer(post: Post) -> None:
    serializers = [PostSerializer(post), PostSerializer(post)]
    for serializer in serializers:
        assert all(field.parent is serializer for field in serializer.fields.values())
        assert serializer.fields["tags"].child.root is serializer  # type: ignore[attr-defined]


def test_a_field_omitted_in_one_serializer_is_shown_by_another(post: Post) -> None:
    first, second = (PostSerializer(post, context={"at": post.created_at}) for _ in range(2))
    restrict_serializer(first, parse_fields("author.username"))

    assert list(first.data["author"]) == ["username"]
    assert list(second.data["author"]) == ["id", "username", "display_name"]


class TitleOnceSerializer(ResourceSerializer[Post]):
    class Meta:
        model = Post
        fields = ("title", "body")

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        fields["title"].read_only = self.instance is not None
        return fields


def test_fields_that_a_serializer_makes_for_each_request_stay_its_own(post: Post) -> None:
    body = {"title": "New", "body": "New"}
    written = []
    for instance in (None, post, None):
        serializer = TitleOnceSerializer(instance, data=body)
        assert serializer.is_valid()
        written.append(set(serializer.validated_data))

    assert written == [{"title", "body"}, {"body"}, {"title", "body"}]


class OptionalTitleSerializer(ResourceSerializer[Post]):
    class Meta:
        model = Post
        fields = ("title",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        title: Any = self.fields["title"]
        title.required = False
        title.validators.append(lambda _value: None)


def test_a_serializer_may_change_its_fields_when_it_is_made(db: None) -> None:
    made = [OptionalTitleSerializer(data={}) for _ in range(2)]

    assert all(serializer.is_valid() for serializer in made)
    first, second = (len(serializer.fields["title"].validators) for serializer in made)
    assert first == second


class TagsOfCaller(serializers.PrimaryKeyRelatedField[Tag]):
    def get_queryset(self) -> Any:
        return Tag.objects.filter(slug__in=self.context["slugs"])


class TaggedSerializer(ResourceSerializer[Post]):
    chosen: Any = TagsOfCaller(many=True, write_only=True)

    class Meta:
        model = Post
        fields = ("chosen",)


def test_a_field_of_many_relations_has_the_context_of_its_serializer(db: None) -> None:
    tags = [Tag.objects.create(slug=slug) for slug in ("tea", "maps")]
    body = {"chosen": [tag.pk for tag in tags]}
    valid = [TaggedSerializer(data=body, context={"slugs": slugs}).is_valid() for slugs in (["tea"], ["tea", "maps"])]

    assert valid == [False, True]


class TagSerializer(serializers.ModelSerializer[Tag]):
    by = serializers.HiddenField(default=serializers.CurrentUserDefault())

    class Meta:
        model = Tag
        fields = ("slug", "by")


class NestedSerializer(ResourceSerializer[Post]):
    tag = TagSerializer(write_only=True)

    class Meta:
        model = Post
        fields = ("tag",)


def test_a_nested_serializer_has_the_context_of_the_outer_one(member: User, other_member: User) -> None:
    for user in (member, other_member):
        request = SimpleNamespace(user=user)
        serializer = NestedSerializer(data={"tag": {"slug": "new"}}, context={"request": request})
        assert serializer.is_valid()
        assert serializer.validated_data["tag"]["by"] == user
