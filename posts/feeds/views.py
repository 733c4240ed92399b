from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.db.models import QuerySet

from api_project.http.conditional import etags
from api_project.http.feeds.formats import Entry
from api_project.http.feeds.views import FeedView
from api_project.http.request.routes import reverse
from api_project.http.viewsets.scope import Scope
from api_project.markdown import to_html
from posts.feeds.filters import PostFeedFilter
from posts.models import Post, Status
from posts.page_links import link_to
from posts.serializers import PostSerializer
from posts.views import PostViewSet


class PostFeed(FeedView[Post]):
    """The newest published posts."""

    serializer_class = PostSerializer
    filterset_class = PostFeedFilter
    etag_fields = PostViewSet.etag_fields
    ordering_fields = {"published_at": "published_at"}
    ordering = ("-published_at",)
    entry_fields = ("id", "slug", "title", "excerpt", "body", "author", "tags", "published_at", "updated_at")
    content_field = "body"

    def get_queryset(self, scope: Scope) -> QuerySet[Post]:
        return Post.objects.with_status(Status.PUBLISHED, at=scope.now)

    def entry(self, data: dict[str, Any]) -> Entry:
        published, updated = (_time(data[name]) for name in ("published_at", "updated_at"))
        url, author = self.request.build_absolute_uri(link_to(data["id"], data["slug"])), data["author"]
        return Entry(
            id=data["id"],
            url=url,
            title=data["title"],
            summary=data["excerpt"],
            content=to_html(data["body"], base_url=url),
            author=author["display_name"] or author["username"],
            categories=data["tags"],
            published=published,
            updated=max(published, updated),  # A scheduled post appears after its last change.
        )

    def home_url(self) -> str:
        if settings.POST_URL:
            return urljoin(settings.POST_URL.partition("{slug}")[0], ".")
        return self.request.build_absolute_uri(reverse("posts-list"))

    def title(self) -> str:
        params = self.request.query_params
        by = [f"by {params['author']}"] if "author" in params else []
        tagged = [f"tagged {', '.join(params.getlist('tag'))}"] if "tag" in params else []
        return " ".join([f"{urlsplit(self.home_url()).netloc}: posts", *by, *tagged])

    def variant(self) -> str:
        """Depends on the setting, so that a feed with new links has a new tag."""
        return etags.variant_suffix({**self.requested_fields, settings.POST_URL: {}})


def _time(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
