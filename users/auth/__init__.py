"""Sign-in and sign-out: sessions, tokens, and the routes of django-allauth."""
