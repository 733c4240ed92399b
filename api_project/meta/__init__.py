"""Endpoints that belong to no app: index, catalog, health and problem types."""
