"""Django's admin as a whole. What would let records be written past the services has no pages in it."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from users.admin_forms import SignInForm

admin.site.site_header = _("Posts and users")
admin.site.site_title = _("Administration")
admin.site.index_title = _("Administration")
admin.site.login_form = SignInForm
admin.site.login_template = "admin/sign_in.html"
admin.site.unregister([Authenticator, EmailAddress, Group, UserSession])
