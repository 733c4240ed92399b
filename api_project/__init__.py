import django_stubs_ext

__version__ = "1.0.0"

django_stubs_ext.monkeypatch()  # Makes Django's generic classes subscriptable at runtime.
