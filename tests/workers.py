"""`api_project.workers`, with workers that share what their parent has loaded: `python -m tests.workers`.

Loading the application is most of a server's start. In production, each worker loads it, so that a new one has new
code.
"""

import gc
import os
from importlib import import_module

import django

from api_project import workers

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api_project.settings")
    django.setup(set_prefix=False)
    import_module("api_project.urls")
    gc.freeze()  # As in `tests.processes`.
    workers.main()
