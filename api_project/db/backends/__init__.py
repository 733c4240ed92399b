"""Django's database backends, with what a server under load needs beside them."""
