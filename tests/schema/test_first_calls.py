"""The three calls at the start of the description do what it says."""

import re
from http import HTTPStatus

import pytest

from schema.settings import SPECTACULAR_SETTINGS
from tests.client import Client


@pytest.mark.django_db
def test_a_newcomer_reads_signs_up_and_writes(api_client: Client) -> None:
    calls = re.search(r"```sh\n(.*?)```", SPECTACULAR_SETTINGS["DESCRIPTION"], re.DOTALL)
    assert calls
    read, sign_up, write = re.findall(r'curl "\$API(\S+)"', calls[1])
    account, post = re.findall(r"'({.*?})'", calls[1], re.DOTALL)

    assert api_client.get(read).status_code == HTTPStatus.OK
    token = api_client.post(sign_up, account, content_type="application/json").json()["meta"]["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    written = api_client.post(write, post, content_type="application/json", headers=bearer)
    assert written.status_code == HTTPStatus.CREATED
