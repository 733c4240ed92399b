from django.utils.translation import gettext_lazy as _

from api_project.http.representation.fields import StrictCharField
from api_project.http.representation.serializers import ResourceSerializer
from posts.comments.models import BODY_MAX_LENGTH, Comment
from posts.serializers import AuthorSerializer


class CommentSerializer(ResourceSerializer[Comment]):
    author = AuthorSerializer(read_only=True)
    body = StrictCharField(max_length=BODY_MAX_LENGTH, trim_whitespace=False, help_text=_("Markdown source."))

    class Meta:
        model = Comment
        fields = ("id", "post", "author", "body", "created_at", "updated_at")
        read_only_fields = ("id", "post", "created_at", "updated_at")
