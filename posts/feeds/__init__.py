"""The published posts as feeds."""
