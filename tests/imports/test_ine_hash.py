"""The INE hash services know a pupil by, whatever the school bases come to say of the number."""

from datetime import timedelta
from pathlib import Path

import pytest

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.federation import catalogue
from educonnect.federation.release import read_person
from educonnect.imports.run import run_import
from tests.imports.builders import NOW, OTHER_UAI, eleves, pupil, write

pytestmark = pytest.mark.django_db
BEA, RNIE = "0100000001D", "990000042KH"


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(eleves(pupil(1, ID_NATIONAL=RNIE), at="22/11/2026 08:00:00"), id="corrected-on-the-same-record"),
        pytest.param(eleves(pupil(1, ID_NATIONAL=RNIE, INE_BEA=BEA), at="22/11/2026 08:00:00"), id="bea-to-rnie"),
        pytest.param(eleves(pupil(9, ID_NATIONAL=RNIE, INE_BEA=BEA), school=OTHER_UAI), id="in-another-school"),
    ],
)
def test_the_hash_is_the_same_once_the_number_has_changed(tmp_path: Path, later: bytes) -> None:
    run_import(write(tmp_path, a=eleves(pupil(1, ID_NATIONAL=BEA))), mandate=operator_mandate(), now=NOW)
    before = hash_told()

    run_import(write(tmp_path, b=later), mandate=operator_mandate(), now=NOW + timedelta(days=1))

    assert Account.objects.select_related("pupil").get().pupil.ine == RNIE
    assert hash_told() == before


def hash_told() -> tuple[str, ...]:
    account = Account.objects.get()
    person = read_person(account.pk, account.epoch, now=NOW)
    return catalogue.values(person, ["ine_hash"], proved_at=NOW, now=NOW)["ine_hash"]
