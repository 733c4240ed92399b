#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys
from importlib.util import find_spec

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api_project.settings")
    if sys.version_info < (3, 11):  # noqa: UP036 (This check is for an older Python.)
        sys.exit("Python 3.11 or later is needed. Run: .venv/bin/python manage.py … (`make serve` creates .venv)")
    if not find_spec("django"):
        sys.exit("This Python has no Django. Run: .venv/bin/python manage.py … (`make serve` creates .venv)")
    from api_project.command_line import execute

    execute(sys.argv)
