import django_stubs_ext

__version__ = "1.0.0"

django_stubs_ext.monkeypatch()  # Lets Django's generic classes be written as they are typed.
