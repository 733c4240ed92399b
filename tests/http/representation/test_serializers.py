"""Serializers of one class are copies of one set of fields, and share no other state."""

from api_project.http.representation.field_selection import parse_fields, restrict_serializer
from posts.models import Post
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
