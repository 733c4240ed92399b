from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PostsConfig(AppConfig):
    name = "posts"
    verbose_name = _("Posts")

    def ready(self) -> None:
        from posts.services import delete_unpublished_posts
        from users.services import on_account_closed

        on_account_closed(delete_unpublished_posts)
