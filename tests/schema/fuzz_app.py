"""The application under attack: without throttles, so that every request reaches its operation."""

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from api_project.wsgi import load as load_in_production
from users.auth.hashers import PasswordHasher


def load() -> WSGIHandler:
    """Load the application for the production server; hashing takes the least Argon2 allows."""
    application = load_in_production()
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS)
    PasswordHasher.time_cost, PasswordHasher.memory_cost = 1, 8
    return application
