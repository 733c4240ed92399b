"""Requests: bodies, parsers, query parameters and path keys."""
