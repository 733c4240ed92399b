"""The middleware of this API, a module each."""
