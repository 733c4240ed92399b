"""Models over the tables that the benchmark loads."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.utils import timezone


class User(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    username = models.CharField(max_length=30, unique=True)
    display_name = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"

    class Meta:
        managed = False
        db_table = "users_user"


class Tag(models.Model):
    slug = models.SlugField(max_length=50, unique=True, allow_unicode=True)

    class Meta:
        managed = False
        db_table = "posts_tag"
        ordering = ("slug",)


class Post(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    slug = models.SlugField(max_length=120, unique=True, allow_unicode=True)
    title = models.CharField(max_length=200)
    body = models.TextField(max_length=100_000)
    excerpt = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField(default=timezone.now, null=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts")
    tags = models.ManyToManyField(Tag, related_name="posts", db_table="posts_posttag")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    search = models.GeneratedField(
        expression=SearchVector("title", "body", config="simple"), output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        managed = False
        db_table = "posts_post"
