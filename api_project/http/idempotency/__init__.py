"""Writes that happen once for an Idempotency-Key, however often they are sent."""
