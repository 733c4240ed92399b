"""Several writes in one request and one transaction."""
