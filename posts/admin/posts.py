"""The admin's pages of posts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from api_project.admin_ui.filters import DayFilter, PersonFilter
from api_project.admin_ui.panels import Panel
from api_project.journal.admin.journalled import JournalledAdmin
from posts.admin.filters import StatusFilter, TagFilter
from posts.admin.panels import drafts_of, scheduled_posts
from posts.admin.states import announcement, buttons, explanation
from posts.admin_forms import PostForm
from posts.models import Post, Status
from posts.page_links import link_to
from posts.search.query import search
from posts.services import change_post


@admin.register(Post)
class PostAdmin(JournalledAdmin[Post]):
    """An editor creates posts under their own name, as in the API; an admin chooses the author."""

    editors = keeps_changes = True
    form = PostForm
    list_display = ("title", "author_link", "status", "last_change", "published_at", "tag_links")
    list_select_related = ("author",)
    list_filter = (StatusFilter, PersonFilter, ("updated_at", DayFilter), TagFilter, "published_at")
    list_per_page = 50
    ordering = ("-updated_at", "-pk")
    search_fields = ("title",)
    search_help_text = _('Whole words of title, body and tags; "a phrase"; -excluded. For authors, use the filter.')
    autocomplete_fields = ("author",)
    readonly_fields = ("id", "created_at", "updated_at")
    actions = ("publish", "unpublish")
    restored_fields = ("title", "body", "excerpt", "tags")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        return super().get_queryset(request).defer("body").prefetch_related("tags")

    def get_fieldsets(self, request: HttpRequest, obj: Post | None = None) -> Any:
        named = ["author"] if self._chooses_author(request) else ["author_name"]
        author = named if obj or self._chooses_author(request) else []
        written = {"fields": ("title", "body", ("tags", "published_at"), "excerpt", (*author, "slug"))}
        details = {"fields": (self.readonly_fields,), "classes": ("collapse",)}
        return [(None, written), *([(_("Details"), details)] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> tuple[str, ...]:
        return ("author_name", *self.readonly_fields) if obj else ()

    def get_form(self, request: HttpRequest, obj: Post | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.writer = request.user
        if author := form.base_fields.get("author"):
            author.widget = author.widget.widget  # Without buttons that change or delete the account.
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"author": request.user.pk, **super().get_changeform_initial_data(request)}

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, obj: Post | None = None, **kwargs: Any
    ) -> HttpResponse:
        stored = Post.objects.only("published_at").get(pk=obj.pk) if obj else None  # A refused form changes `obj`.
        status = stored.status_at(timezone.now()) if stored else Status.DRAFT
        shown = {"buttons": buttons(status, is_new=obj is None), "explanation": explanation(status, stored)}
        api = reverse("posts-detail", args=[obj.pk]) if obj else ""
        return super().render_change_form(request, {**context, **shown, "api_url": api}, *args, obj=obj, **kwargs)

    def view_on_site(self, obj: Post) -> str | None:
        """The link to a published post's page. Of others, there is the preview, and of all the link to the API."""
        is_shown = settings.POST_URL and obj.status_at(timezone.now()) is Status.PUBLISHED
        return link_to(obj.pk, obj.slug) if is_shown else None

    def response_add(self, request: HttpRequest, obj: Post, post_url_continue: str | None = None) -> HttpResponse:
        return self._saved(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Post) -> HttpResponse:
        return self._saved(request, obj) or super().response_change(request, obj)

    def _saved(self, request: HttpRequest, obj: Post) -> HttpResponse | None:
        """Say what became of the post, and stay on its page unless asked for the list."""
        if IS_POPUP_VAR in request.POST:
            return None
        self.message_user(request, announcement(obj, link=self.view_on_site(obj)), messages.SUCCESS)
        if "_save" in request.POST:
            return self.response_post_save_change(request, obj)
        return HttpResponseRedirect(reverse("admin:posts_post_change", args=[obj.pk]))

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

    def panels(self, request: HttpRequest) -> Iterable[Panel]:
        return drafts_of(request.user), scheduled_posts()

    def write_version(self, obj: Post, values: Mapping[str, Any]) -> None:
        change_post(post=obj, at=timezone.now(), **values)

    @admin.display(description=_("status"))
    def status(self, post: Post) -> str:
        return str(post.status_at(timezone.now()).label)

    @admin.display(description=_("author"), ordering="author__username")
    def author_link(self, post: Post) -> SafeString:
        return format_html('<a href="?{}">{}</a>', urlencode({"author": post.author.get_username()}), post.author)

    @admin.display(description=_("author"))
    def author_name(self, post: Post) -> str:
        return str(post.author)

    @admin.display(description=_("tags"))
    def tag_links(self, post: Post) -> SafeString:
        links = ((urlencode({"tag": tag.slug}), tag.slug) for tag in post.tags.all())
        return format_html_join(", ", '<a href="?{}">{}</a>', links)

    @admin.action(description=_("Publish selected posts now"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        done, chosen = self._schedule(queryset, unless=Status.PUBLISHED, published_at=timezone.now())
        self.report(request, _("Published: %(count)s."), done=done, chosen=chosen)

    @admin.action(description=_("Turn selected posts into drafts"), permissions=["change"])
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        done, chosen = self._schedule(queryset, unless=Status.DRAFT, published_at=None)
        self.report(request, _("Turned into drafts: %(count)s."), done=done, chosen=chosen)

    @transaction.atomic
    def _schedule(self, queryset: QuerySet[Post], *, unless: Status, published_at: datetime | None) -> tuple[int, int]:
        """Lock the posts before reading their status, so that no change in the meantime is undone."""
        now = timezone.now()
        locked = list(Post.objects.filter(pk__in=queryset.values("pk")).order_by("pk").select_for_update())
        posts = [post for post in locked if post.status_at(now) is not unless]
        for post in posts:
            change_post(post=post, at=now, published_at=published_at)
        return len(posts), len(locked)

    def _chooses_author(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_admin)
