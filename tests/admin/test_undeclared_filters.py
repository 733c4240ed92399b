"""A list of the admin takes no parameters but those of its filters, whatever their values."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin as django_admin
from django.db import models
from django.test import Client

from tests.admin.test_hostile_input import MODELS, declared, page

LOOKUPS = ["__in", "__year", "__regex"]
LOOKUPS_OF_FILTERS = ["", "__exact", "__isnull", "__gte", "__lt", "_from", "_to"]


def undeclared(model: Any) -> list[str]:
    """Parameters by which Django could filter a list, and other lookups of the declared filters."""
    filters = django_admin.site._registry[model.model].list_filter
    names = [str(getattr(each, "parameter_name", each[0] if isinstance(each, tuple) else each)) for each in filters]
    by_filter = [f"{name}{lookup}" for name in names for lookup in LOOKUPS_OF_FILTERS]
    one_of_each_type = {type(field): field.name for field in model.get_fields()}.values()
    by_field = [f"{name}{lookup}" for name in one_of_each_type for lookup in LOOKUPS]
    return [*by_filter, *by_field, *(field.name for field in model.get_fields()), "_changelist_filters"]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_a_list_refuses_parameters_of_no_filter(pages: Client, rows: dict[str, models.Model], model: Any) -> None:
    """It refuses them by their names, so that no value of theirs comes to the database."""
    url = page(model, "changelist")
    for name in {*undeclared(model)} - declared(pages, model):
        response = pages.get(f"{url}?{urlencode({name: '['})}")
        assert response.status_code == HTTPStatus.BAD_REQUEST or response.headers.get("Location", "").endswith(
            "?e=1"
        ), name
