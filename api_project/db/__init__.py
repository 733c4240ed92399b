"""Additions to Django's ORM. Nothing here depends on HTTP.

Migrations import the names below from here.
"""

from api_project.db.fields import CodePointCharField as CodePointCharField
from api_project.db.fields import FoldedCharField as FoldedCharField
from api_project.db.fields import new_id as new_id
