from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from rest_framework import serializers

from blog.models import Post, Tag, User


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ("id", "username", "display_name")


class TagField(serializers.SlugRelatedField):
    """The slug of a tag, which the API creates if it does not exist yet."""

    def to_internal_value(self, data: Any) -> str:
        return slugify(str(data), allow_unicode=True)


class PostSerializer(serializers.ModelSerializer):
    slug = serializers.SlugField(max_length=120, allow_unicode=True, required=False)
    status = serializers.SerializerMethodField()
    author = AuthorSerializer(read_only=True)
    tags = TagField(slug_field="slug", many=True, queryset=Tag.objects.all(), required=False)

    class Meta:
        model = Post
        fields = (
            "id",
            "slug",
            "title",
            "body",
            "excerpt",
            "status",
            "published_at",
            "author",
            "tags",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "created_at", "updated_at")

    def get_status(self, post: Post) -> str:
        if post.published_at is None:
            return "draft"
        return "scheduled" if post.published_at > timezone.now() else "published"

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Post:
        slugs = sorted(set(validated_data.pop("tags", [])))
        post = Post(**validated_data)
        if not post.slug:
            post.slug = slugify(post.title, allow_unicode=True)[:120] or "post"
            if Post.objects.filter(slug=post.slug).exists():
                post.slug = f"{post.slug[:111]}-{post.id.hex[-8:]}"
        post.save(force_insert=True)
        tags = list(Tag.objects.filter(slug__in=slugs))
        if missing := sorted(set(slugs) - {tag.slug for tag in tags}):
            Tag.objects.bulk_create([Tag(slug=slug) for slug in missing], ignore_conflicts=True)
            tags = list(Tag.objects.filter(slug__in=slugs))
        post.tags.add(*tags)
        return post
