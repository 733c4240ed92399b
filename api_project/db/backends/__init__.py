"""Django's database backends, extended for a server under load."""
