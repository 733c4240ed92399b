"""Resources as JSON: serializers, projections of rows, sparse fieldsets, renderers."""
