"""The journal over HTTP."""
