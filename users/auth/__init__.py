"""Signing in and out: sessions, tokens, and the routes of django-allauth."""
