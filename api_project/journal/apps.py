from django.apps import AppConfig
from django.core.checks import register
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JournalConfig(AppConfig):
    """Loads `journalled.py` of each app, which declares what the journal records."""

    name = "api_project.journal"
    label = "journal"
    verbose_name = _("Journal")

    def ready(self) -> None:
        from api_project.db.changes import record_by
        from api_project.journal.checks import check_journal
        from api_project.journal.erasure import erase_person
        from api_project.journal.recording import JournalRecorder
        from users.services import on_account_closed

        autodiscover_modules("journalled")
        record_by(JournalRecorder())
        register(check_journal)
        on_account_closed(erase_person)
