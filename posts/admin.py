from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from api_project.admin_base import ServiceAdmin
from api_project.journal.admin.journalled import JournalledAdmin
from posts.admin_forms import PostForm, TagForm
from posts.models import Post, PostTag, Status, Tag
from posts.search.query import search
from posts.services import change_post

RECENT_POSTS = 500
FREQUENT_TAGS = 15


class StatusFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Status.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        status = self.value()
        return queryset.filter(Status(status).condition(at=timezone.now())) if status in Status.values else queryset


class TagFilter(admin.SimpleListFilter):
    """Offers the most frequent tags of recent posts. The links in the list select any other tag."""

    title = _("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        recent = Post.objects.order_by("-updated_at", "-pk").values("pk")[:RECENT_POSTS]
        counted = PostTag.objects.filter(post__in=recent).values_list("tag__slug").annotate(uses=Count("pk"))
        frequent = [slug for slug, _uses in counted.order_by("-uses", "tag__slug")[:FREQUENT_TAGS]]
        return [(slug, slug) for slug in dict.fromkeys([*request.GET.getlist(self.parameter_name), *frequent])]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        if self.value() is None:
            return queryset
        return queryset.filter(pk__in=PostTag.objects.filter(tag__slug=self.value()).values("post"))


@admin.register(Post)
class PostAdmin(JournalledAdmin[Post]):
    """An editor creates posts under their own name, as in the API; an admin chooses the author."""

    editors = True
    form = PostForm
    list_display = ("title", "author", "status", "last_change", "published_at", "tag_links")
    list_select_related = ("author",)
    list_filter = (StatusFilter, TagFilter, "published_at")
    list_per_page = 50
    ordering = ("-updated_at", "-pk")
    search_fields = ("title",)
    search_help_text = _('Words of the title, body or tags; "a phrase"; -excluded')
    autocomplete_fields = ("author",)
    readonly_fields = ("id", "status", "created_at", "updated_at")
    actions = ("publish", "unpublish")
    restored_fields = ("title", "body", "excerpt", "tags")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        return super().get_queryset(request).defer("body").prefetch_related("tags")

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> tuple[str, ...]:
        return (*self.get_exclude(request), *self.readonly_fields) if obj else ()

    def get_exclude(self, request: HttpRequest, obj: Post | None = None) -> tuple[str, ...]:
        user: Any = request.user
        return () if user.is_admin else ("author",)

    def get_form(self, request: HttpRequest, obj: Post | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.writer = request.user
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"author": request.user.pk, **super().get_changeform_initial_data(request)}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Post], search_term: str
    ) -> tuple[QuerySet[Post], bool]:
        if not search_term.strip():
            return queryset, False
        try:
            return search(queryset, search_term), False
        except ValueError as error:
            self.message_user(request, str(error), messages.WARNING)
            return queryset.none(), False

    def write_version(self, obj: Post, values: Mapping[str, Any]) -> None:
        change_post(post=obj, at=timezone.now(), **values)

    @admin.display(description=_("status"))
    def status(self, post: Post) -> str:
        return str(post.status_at(timezone.now()).label)

    @admin.display(description=_("tags"))
    def tag_links(self, post: Post) -> SafeString:
        links = ((urlencode({"tag": tag.slug}), tag.slug) for tag in post.tags.all())
        return format_html_join(", ", '<a href="?{}">{}</a>', links)

    @admin.action(description=_("Publish selected posts now"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        now = timezone.now()
        self._schedule(request, queryset, unless=Status.PUBLISHED, published_at=now)

    @admin.action(description=_("Turn selected posts into drafts"), permissions=["change"])
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        self._schedule(request, queryset, unless=Status.DRAFT, published_at=None)

    @transaction.atomic
    def _schedule(
        self, request: HttpRequest, queryset: QuerySet[Post], *, unless: Status, published_at: datetime | None
    ) -> None:
        """Lock the posts before reading their status, so that no change in the meantime is undone."""
        now = timezone.now()
        locked = Post.objects.filter(pk__in=queryset.values("pk")).order_by("pk").select_for_update()
        posts = [post for post in locked if post.status_at(now) is not unless]
        for post in posts:
            change_post(post=post, at=now, published_at=published_at)
        text = ngettext("%(count)d post was changed.", "%(count)d posts were changed.", len(posts))
        self.message_user(request, text % {"count": len(posts)}, messages.SUCCESS)


@admin.register(Tag)
class TagAdmin(ServiceAdmin[Tag]):
    """Posts create tags by using them. A tag in use cannot change, because every post with the tag shows its name."""

    editors = True
    form = TagForm
    list_display = ("slug", "post_count")
    search_fields = ("slug",)
    ordering = ("slug",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        uses = PostTag.objects.filter(tag=OuterRef("pk")).order_by().values("tag").annotate(uses=Count("pk"))
        return super().get_queryset(request).annotate(uses=Subquery(uses.values("uses")))

    def has_change_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return False

    def obstacle(self, obj: Tag) -> str:
        count = self.post_count(obj)
        text = ngettext(
            "%(tag)s: %(count)d post uses it. Remove it from that post first.",
            "%(tag)s: %(count)d posts use it. Remove it from them first.",
            count,
        )
        return text % {"tag": obj, "count": count} if count else ""

    # If its name were `posts`, Django would show the relation of that name instead.
    @admin.display(description=_("posts"))
    def post_count(self, tag: Tag) -> int:
        return getattr(tag, "uses", 0) or 0
