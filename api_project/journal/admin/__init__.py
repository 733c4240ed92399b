"""The journal in the admin: the history of each object, the trash, and all entries."""
