"""Conditional requests: entity tags and preconditions (RFC 9110 §8.8.3 and §13)."""
