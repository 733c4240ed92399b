"""The base of every view, and the mixins that a resource's viewset is made of."""
