"""Cached responses and the headers that let others cache them (RFC 9111)."""
