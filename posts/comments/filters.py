from api_project.http.listing.filters import ResourceFilter
from posts.filters import AuthorFilter


class CommentFilter(ResourceFilter):
    author = AuthorFilter()
