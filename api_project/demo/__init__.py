"""Demo content: a small set that people wrote, and as much as anyone likes that is generated from it."""
