"""The setting that switches metrics on."""

import re

from api_project import env as env

MIDDLEWARE = "api_project.metrics.middleware.MetricsMiddleware"


def read_token() -> str:
    """The bearer token (RFC 6750 §2.1) for `/metrics`; empty: there are no metrics. Exits if it is too short."""
    token = env.text("METRICS_TOKEN", "")
    if token and not re.fullmatch(r"[A-Za-z0-9._~+/-]{32,512}=*", token):
        # Without the value, which is a secret.
        env.refuse(
            "METRICS_TOKEN",
            "expected at least 32 letters, digits and -._~+/, or nothing for no metrics; to make one:"
            ' python3 -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return token
