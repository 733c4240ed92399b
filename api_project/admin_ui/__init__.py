"""Additions to the pages of Django's admin: widgets with their scripts, filters, panels of the first page."""
