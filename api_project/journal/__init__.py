"""The journal: one row for each change of a resource. Revisions, trash and the change feed read it."""
