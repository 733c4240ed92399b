from django.urls import path

from api_project.http.feeds.formats import AtomRenderer, JsonFeedRenderer, RssRenderer
from posts.feeds.views import PostFeed

urlpatterns = [
    path(
        f"posts.{renderer.format}",
        PostFeed.as_view({"get": "list"}, renderer_classes=(renderer,)),
        name=f"posts-{renderer.format}",
    )
    for renderer in (AtomRenderer, RssRenderer, JsonFeedRenderer)
]
