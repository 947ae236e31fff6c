"""Run by a release on its own tables: the people it leaves to the next. Prints what tests need to sign them in."""

import json
import sys

import django

django.setup()

from tests.web import people  # noqa: E402  it reads models


def main(activated: int, letters: int) -> None:
    """So many people with an own password, then so many with a letter that nobody used yet."""
    told = []
    for number in range(activated + letters):
        account = people.pupil(pupil__first_name=f"Prénom{number:03}", pupil__family_name="DUVERGER")
        letter = people.notified(account) if number >= activated else ""
        if not letter:
            people.activated(account)
        told.append({"username": account.username, "first_name": account.pupil.first_name, "letter": letter})
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
