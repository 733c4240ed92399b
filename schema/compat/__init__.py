"""Breaking changes between two OpenAPI documents."""
