"""The middleware of this API. MIDDLEWARE in the settings has their order."""
