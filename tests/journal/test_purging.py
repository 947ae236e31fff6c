from datetime import timedelta

import pytest
from django.utils import timezone

from educonnect.journal import purging, rules
from educonnect.journal.models import Connection

pytestmark = pytest.mark.django_db


def test_addresses_are_forgotten_after_a_year(django_assert_num_queries) -> None:
    now = timezone.now()
    for age in (timedelta(days=1), rules.CONNECTION_LIFE, rules.CONNECTION_LIFE + timedelta(seconds=1)):
        Connection.objects.create(at=now - age, outcome="ok", address="192.0.2.1")

    with django_assert_num_queries(1):
        forgotten = purging.forget_connections(now)

    assert forgotten == 1
    assert Connection.objects.count() == 2
