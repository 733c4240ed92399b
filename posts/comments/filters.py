from api_project.http.listing.filters import ResourceFilter
from posts.comments.models import Comment
from posts.filters import AuthorFilter


class CommentFilter(ResourceFilter):
    author = AuthorFilter()

    class Meta:
        model = Comment
        fields = ()
