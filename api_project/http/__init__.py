"""How this API speaks HTTP: knows no domain and imports no app."""
