from api_project.http.representation.serializers import ResourceSerializer
from posts.comments.models import Comment
from posts.serializers import AuthorSerializer


class CommentSerializer(ResourceSerializer[Comment]):
    author = AuthorSerializer(read_only=True)

    class Meta:
        model = Comment
        fields = ("id", "post", "author", "body", "created_at", "updated_at")
        read_only_fields = ("id", "post", "created_at", "updated_at")
        extra_kwargs = {"body": {"trim_whitespace": False}}
