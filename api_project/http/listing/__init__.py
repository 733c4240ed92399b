"""Lists: filters, search, orderings, pages and cursors."""
