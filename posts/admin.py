from posts.search import SearchDocument  # noqa
