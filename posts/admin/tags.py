"""The admin's pages of tags."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from api_project.admin_base import ServiceAdmin
from api_project.db.transactions import retry_transaction
from posts.admin_forms import NewNameForm, TagForm
from posts.models import PostTag, Tag
from posts.retagging import MAX_POSTS, TooManyPosts, delete_unused_tags, replace_tags

MAX_MERGED = 50


@admin.register(Tag)
class TagAdmin(ServiceAdmin[Tag]):
    """Posts create tags by using them. A tag gets another name, or is merged with others, in all posts at once."""

    editors = True
    form = TagForm
    list_display = ("slug", "post_count", "new_name")
    list_display_links = None
    list_per_page = 50
    search_fields = ("slug",)
    search_help_text = _("A part of the tag's name")
    ordering = ("slug",)
    actions = ("merge",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        uses = PostTag.objects.filter(tag=OuterRef("pk")).order_by().values("tag").annotate(uses=Count("pk"))
        return super().get_queryset(request).annotate(uses=Subquery(uses.values("uses")))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.rename_view)
        return [path("rename/", view, name="posts_tag_rename"), *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Tag) -> None:
        delete_unused_tags([obj.slug])

    def obstacle(self, obj: Tag) -> str:
        count = _uses(obj)
        text = ngettext(
            "%(tag)s: %(count)d post uses it. Remove it from that post first.",
            "%(tag)s: %(count)d posts use it. Remove it from them first.",
            count,
        )
        return text % {"tag": obj, "count": count} if count else ""

    # If its name were `posts`, Django would show the relation of that name instead.
    @admin.display(description=_("posts"))
    def post_count(self, tag: Tag) -> SafeString | int:
        count = _uses(tag)
        page = reverse("admin:posts_post_changelist", query={"tag": tag.slug})
        return format_html('<a href="{}">{}</a>', page, count) if count else count

    @admin.display(description="")
    def new_name(self, tag: Tag) -> SafeString:
        return format_html('<a href="{}">{}</a>', _rename_page([tag.slug]), _("Rename"))

    @admin.action(description=_("Merge selected tags"), permissions=["view"])
    def merge(self, request: HttpRequest, queryset: QuerySet[Tag]) -> HttpResponse:
        slugs = list(queryset.order_by("slug").values_list("slug", flat=True)[: MAX_MERGED + 1])
        if len(slugs) <= MAX_MERGED:
            return HttpResponseRedirect(_rename_page(slugs))
        text = _("Choose at most %(max)d tags at once.") % {"max": MAX_MERGED}
        self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(request.get_full_path())

    @retry_transaction
    def rename_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the new name of the tags that the query names, then write it in all posts that have them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        tags = list(self.get_queryset(request).filter(slug__in=request.GET.getlist("tag")[:MAX_MERGED]))
        if not tags:
            raise Http404
        form = NewNameForm(request.POST or None, initial={"slug": max(tags, key=_uses).slug})
        if request.method == "POST" and form.is_valid() and self._rename(request, tags, form.cleaned_data["slug"]):
            return HttpResponseRedirect(reverse("admin:posts_tag_changelist"))
        return self._rename_form(request, tags, form)

    def _rename(self, request: HttpRequest, tags: list[Tag], slug: str) -> bool:
        try:
            count = replace_tags(old=[tag.slug for tag in tags], new=slug, at=timezone.now())
        except TooManyPosts:
            text = _("More than %(max)d posts have it. Use the command `rename_tag`.") % {"max": MAX_POSTS}
            self.message_user(request, text, messages.WARNING)
            return False
        self._report_new_name(request, tags, slug, count)
        return True

    def _report_new_name(self, request: HttpRequest, tags: list[Tag], slug: str, count: int) -> None:
        values = {"count": count, "tag": slug, "merged": ", ".join(f"“{tag}”" for tag in tags if tag.slug != slug)}
        if len(tags) == 1:
            text = ngettext(
                "The name is “%(tag)s” now. %(count)d post was changed.",
                "The name is “%(tag)s” now. %(count)d posts were changed.",
                count,
            )
        else:
            text = ngettext(
                "%(merged)s: merged into “%(tag)s”. %(count)d post was changed.",
                "%(merged)s: merged into “%(tag)s”. %(count)d posts were changed.",
                count,
            )
        self.message_user(request, text % values, messages.SUCCESS)

    def _rename_form(self, request: HttpRequest, tags: list[Tag], form: NewNameForm) -> HttpResponse:
        title = _("Rename tag") if len(tags) == 1 else _("Merge tags")
        rows = [(tag.slug, _uses(tag)) for tag in tags]
        context = {"title": title, "opts": self.opts, "form": form, "rows": rows}
        return TemplateResponse(
            request, "admin/posts/tag/rename.html", {**self.admin_site.each_context(request), **context}
        )


def _uses(tag: Tag) -> int:
    """The number of posts that have the tag, if `get_queryset` has counted them."""
    return getattr(tag, "uses", 0) or 0


def _rename_page(slugs: list[str]) -> str:
    return reverse("admin:posts_tag_rename", query={"tag": slugs})
