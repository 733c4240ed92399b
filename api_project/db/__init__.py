"""What Django's ORM lacks. It knows nothing of HTTP.

The names below are those that migrations use.
"""

from api_project.db.fields import CodePointCharField as CodePointCharField
from api_project.db.fields import FoldedCharField as FoldedCharField
from api_project.db.fields import new_id as new_id
