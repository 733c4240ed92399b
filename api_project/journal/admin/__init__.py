"""The journal in the admin: the history of each object, the trash, and all entries."""

from api_project.journal.admin import entries, trash

__all__ = ["entries", "trash"]  # They register themselves.
