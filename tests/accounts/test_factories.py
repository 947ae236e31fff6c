import pytest

from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory

pytestmark = pytest.mark.django_db


def test_an_account_opened_and_never_notified_is_in_the_first_bucket() -> None:
    pupil, guardian = PupilAccountFactory(), GuardianAccountFactory()

    for account in (pupil, guardian):
        account.refresh_from_db()
        assert account.stage == "opened"
