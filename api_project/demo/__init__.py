"""Demo content: a small set that people wrote, and any amount that is generated from it."""
