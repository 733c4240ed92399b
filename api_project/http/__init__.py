"""HTTP as this API speaks it. It imports no app."""
