"""Remove models of other packages from the admin. Its pages would write them without our services."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group

admin.site.unregister([Authenticator, EmailAddress, Group, UserSession])

if apps.is_installed("allauth.socialaccount"):
    admin.site.unregister(list(apps.get_app_config("socialaccount").get_models()))
