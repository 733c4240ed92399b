from rest_framework.authentication import TokenAuthentication


class BearerAuthentication(TokenAuthentication):
    """Reads the token and its user in one query."""

    keyword = "Bearer"
