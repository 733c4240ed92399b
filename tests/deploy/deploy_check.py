"""The messages of `manage.py check --deploy`, run as any system user."""

from io import StringIO

from django.core.management import CommandError, call_command


def deploy_check() -> str:
    output = StringIO()
    try:
        call_command("check", "--deploy", stdout=output, stderr=output)
    except CommandError as error:
        return str(error)
    return output.getvalue()
