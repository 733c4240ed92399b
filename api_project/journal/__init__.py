"""The journal records every write to a resource, with the resource as it was before."""
