from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from users import passkeys

passkeys.leave_out()


class UsersConfig(AppConfig):
    name = "users"
    verbose_name = _("Users")
