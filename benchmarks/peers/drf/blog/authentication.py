from rest_framework.authentication import TokenAuthentication


class BearerAuthentication(TokenAuthentication):
    """One look-up of the token together with its user."""

    keyword = "Bearer"
