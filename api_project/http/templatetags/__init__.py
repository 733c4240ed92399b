"""Filters for the templates of pages."""
