"""The pages of posts."""

from urllib.parse import quote
from uuid import UUID

from django.conf import settings

from api_project.http.request.routes import reverse


def link_to(post_id: UUID | str, slug: str) -> str:
    """The address of the post's page by the setting POST_URL; without it, the path of the post in the API."""
    if settings.POST_URL:
        return str(settings.POST_URL.replace("{slug}", quote(slug, safe="")))
    return reverse("posts-detail", post_id)
