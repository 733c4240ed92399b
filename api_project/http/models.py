"""The models of this app, for Django to find."""

from api_project.http.idempotency.record import IdempotencyRecord as IdempotencyRecord
