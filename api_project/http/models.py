"""The models of this app, for Django to find."""

from api_project.http.idempotency.record import StoredAnswer as StoredAnswer
