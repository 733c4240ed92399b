"""Signing in with an account at another provider. Loaded only if SOCIAL_PROVIDERS or OIDC_ISSUER is set."""
