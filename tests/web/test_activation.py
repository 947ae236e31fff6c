"""Activation by letter, screen by screen."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from educonnect.accounts.models import Account
from educonnect.messaging.models import OutboxMessage
from educonnect.population.models import GuardianshipReport
from tests.web import people

pytestmark = pytest.mark.django_db

PASSWORD = "/activation/mot-de-passe"
IDENTITY = "/activation/identite"
DONE = "/activation/terminee"
BORN = {"birthdate_jour": "14", "birthdate_mois": "5", "birthdate_annee": "2009"}
ANOTHER_DAY = {"birthdate_jour": "15", "birthdate_mois": "5", "birthdate_annee": "2009"}


@pytest.fixture
def account() -> Account:
    return people.pupil()


def begins(client: Client, account: Account) -> None:
    printed = people.notified(account)
    client.post("/connexion", {"username": account.username, "password": printed})


def chooses(client: Client, password: str = people.OWN):
    return client.post(PASSWORD, {"password": password})


def identifies(client: Client, **typed: str):
    return client.post(IDENTITY, {**BORN, "terms": "on", **typed})


def test_the_road_ends_signed_in_with_the_account_activated(client: Client, account: Account) -> None:
    begins(client, account)

    chosen = chooses(client)
    identified = identifies(client)
    done = client.get(DONE).content.decode()

    assert (chosen.status_code, chosen.headers["Location"]) == (303, IDENTITY)
    assert (identified.status_code, identified.headers["Location"]) == (303, DONE)
    assert "C’est fait" in done
    assert account.username in done
    account.refresh_from_db()
    assert account.activated_at is not None
    assert account.terms_accepted_at is not None


def test_from_the_letter_to_the_service_are_four_screens_and_five_required_fields(
    client: Client, account: Account
) -> None:
    printed = people.notified(account)
    screens = [client.get("/connexion").content.decode()]
    client.post("/connexion", {"username": account.username, "password": printed})
    screens.append(client.get(PASSWORD).content.decode())
    chooses(client)
    screens.append(client.get(IDENTITY).content.decode())
    identifies(client)
    screens.append(client.get(DONE).content.decode())

    required = sum(required_fields(screen) for screen in screens)

    assert len(screens) == 4
    assert required == 5


def required_fields(page: str) -> int:
    """A date in three parts is one question."""
    form = page.split("<main")[1]
    dates = re.findall(r"<fieldset.*?</fieldset>", form, re.S)
    alone = re.sub(r"<fieldset.*?</fieldset>", "", form, flags=re.S)
    inputs = re.findall(r"<input[^>]*\brequired\b", alone)
    return len(inputs) + sum(1 for date in dates if "required" in date)


@pytest.mark.parametrize(
    ("password", "code"),
    [("court", "E-1201"), ("motdepasse1234", "E-120"), ("camille duverger", "E-1206")],
)
def test_a_weak_password_is_refused_beside_its_field(
    password: str, code: str, client: Client, account: Account
) -> None:
    begins(client, account)

    page = chooses(client, password).content.decode()

    assert code in page
    assert 'id="id_password_error"' in page
    assert f'value="{password}"' not in page


def test_T10_the_letter_s_own_password_cannot_be_kept(client: Client, account: Account) -> None:
    printed = people.notified(account)
    client.post("/connexion", {"username": account.username, "password": printed})

    response = chooses(client, printed)

    assert response.status_code == 200


def test_another_date_says_how_many_tries_are_left_and_keeps_what_was_typed(client: Client, account: Account) -> None:
    begins(client, account)
    chooses(client)

    page = identifies(client, **ANOTHER_DAY, email="camille@messagerie.example").content.decode()

    assert "2 essais" in page
    assert 'value="15"' in page
    assert 'value="camille@messagerie.example"' in page
    assert "Lycée fictif des Alizés" in page


def test_the_third_other_date_locks_and_says_who_unlocks(client: Client, account: Account) -> None:
    begins(client, account)
    chooses(client)
    for _ in range(2):
        identifies(client, **ANOTHER_DAY)

    page = identifies(client, **ANOTHER_DAY).content.decode()
    later = identifies(client)

    assert "bloqué" in page
    assert "0596000000" in page
    assert later.headers.get("Location") != DONE
    account.refresh_from_db()
    assert account.activated_at is None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"birthdate_jour": "31", "birthdate_mois": "2"}, "Cette date n’existe pas"),
        ({"birthdate_jour": "quatorze"}, "Cette date n’existe pas"),
        ({"birthdate_annee": "09"}, "quatre chiffres"),
        ({"birthdate_annee": "2999"}, "futur"),
        ({"birthdate_jour": ""}, "le jour, le mois et l’année"),
        ({"terms": ""}, "Cochez la case"),
        ({"email": "camille"}, "n’est pas complète"),
    ],
)
def test_a_slip_is_told_and_costs_no_try(
    typed: dict[str, str], sentence: str, client: Client, account: Account
) -> None:
    begins(client, account)
    chooses(client)

    page = identifies(client, **typed).content.decode()

    assert sentence in page
    assert identifies(client).headers["Location"] == DONE


def test_an_address_that_looks_mistyped_is_asked_about_once(client: Client, account: Account) -> None:
    begins(client, account)
    chooses(client)

    asked = identifies(client, email="camille@gmial.com").content.decode()
    kept = identifies(client, email="camille@gmial.com", email_kept="camille@gmial.com")

    assert "camille@gmail.com" in asked
    assert 'name="email_kept" value="camille@gmial.com"' in asked
    assert kept.headers["Location"] == DONE


def test_an_address_gets_its_message_and_the_last_screen_says_so(client: Client, account: Account) -> None:
    begins(client, account)
    chooses(client)

    identifies(client, email="camille@messagerie.example")

    assert OutboxMessage.objects.count() == 1
    assert "camille@messagerie.example" in client.get(DONE).content.decode()


def test_identity_before_password_leads_back_to_password(client: Client, account: Account) -> None:
    begins(client, account)

    response = client.get(IDENTITY)

    assert response.headers["Location"] == PASSWORD


@pytest.mark.parametrize("address", [PASSWORD, IDENTITY, DONE, "/nouveau-mot-de-passe"])
def test_no_step_opens_without_a_letter(address: str, client: Client) -> None:
    response = client.get(address)

    assert (response.status_code, response.headers["Location"]) == (303, "/connexion")


def test_a_letter_alone_opens_no_closed_page(client: Client, account: Account) -> None:
    begins(client, account)

    assert client.get("/mes-services").headers["Location"] == "/connexion"


def test_an_activation_left_half_way_goes_on_from_the_sign_in_page(client: Client, account: Account) -> None:
    begins(client, account)
    chooses(client)

    page = client.get("/connexion").content.decode()
    resumed = client.get(PASSWORD)

    assert "Continuer l’activation" in page
    assert resumed.status_code == 200
    assert client.get(IDENTITY).status_code == 200


def test_signing_in_again_with_the_letter_keeps_the_password_already_chosen(client: Client, account: Account) -> None:
    printed = people.notified(account)
    client.post("/connexion", {"username": account.username, "password": printed})
    chooses(client)

    response = client.post("/connexion", {"username": account.username, "password": printed})

    assert response.headers["Location"] == IDENTITY
    assert identifies(client).headers["Location"] == DONE


def test_the_password_of_another_s_unfinished_activation_is_not_kept(client: Client, account: Account) -> None:
    begins(client, account)
    chooses(client)
    another = people.pupil(pupil__first_name="Sacha")

    begins(client, another)

    assert client.get(IDENTITY).headers["Location"] == PASSWORD


def test_a_new_letter_ends_the_screens_of_the_former_one(client: Client, account: Account) -> None:
    begins(client, account)
    people.notified(account)

    response = client.get(PASSWORD)

    assert response.headers["Location"] == "/connexion"


def test_after_a_reset_a_new_own_password_signs_in(client: Client, account: Account) -> None:
    people.activated(account)
    printed = people.reset(account)
    client.post("/connexion", {"username": account.username, "password": printed})

    response = client.post("/nouveau-mot-de-passe", {"password": "une autre phrase bien longue"})

    assert (response.status_code, response.headers["Location"]) == (303, "/mes-services")
    assert client.get("/mes-services").status_code == 200


def test_T06_a_password_manager_is_given_the_username_with_the_new_password(client: Client, account: Account) -> None:
    begins(client, account)

    page = client.get(PASSWORD).content.decode()

    assert re.search(r'name="password"[^>]*autocomplete="new-password"', page)
    assert f'autocomplete="username" value="{account.username}"' in page


class TestGuardian:
    def begins(self, client: Client, children: int = 1) -> Account:
        account = people.guardian(children)
        begins(client, account)
        chooses(client)
        return account

    def dates(self, page: str) -> dict[str, str]:
        """The right date of each child, in the fields the page shows."""
        names = re.findall(r'name="(child-\d+)_jour"', page)
        return {
            key: value
            for number, name in enumerate(names)
            for key, value in (
                (f"{name}_jour", str(14 + number)),
                (f"{name}_mois", "5"),
                (f"{name}_annee", str(2009 + number)),
            )
        }

    def test_each_child_s_date_is_asked_by_first_name_only(self, client: Client) -> None:
        self.begins(client, children=2)

        page = client.get(IDENTITY).content.decode()

        assert "Date de naissance de Camille" in page
        assert "Date de naissance de Sacha" in page
        assert "DUVERGER" not in page

    def test_the_account_opens_once_the_address_is_confirmed(self, client: Client) -> None:
        account = self.begins(client, children=2)
        dates = self.dates(client.get(IDENTITY).content.decode())

        response = client.post(IDENTITY, {**dates, "email": "maryse@messagerie.example", "terms": "on"})
        page = client.get(DONE).content.decode()

        assert response.headers["Location"] == DONE
        assert "Regardez vos messages" in page
        assert "maryse@messagerie.example" in page
        account.refresh_from_db()
        assert account.activated_at is None

    def test_an_address_is_required(self, client: Client) -> None:
        self.begins(client)
        dates = self.dates(client.get(IDENTITY).content.decode())

        page = client.post(IDENTITY, {**dates, "terms": "on"}).content.decode()

        assert "Écrivez votre adresse e-mail." in page

    def test_a_wrong_date_says_how_many_tries_are_left(self, client: Client) -> None:
        self.begins(client)
        dates = self.dates(client.get(IDENTITY).content.decode())
        wrong = {name: "15" if name.endswith("_jour") else value for name, value in dates.items()}

        page = client.post(IDENTITY, {**wrong, "email": "maryse@messagerie.example", "terms": "on"}).content.decode()

        assert "2 essais" in page


def test_a_letter_past_its_date_in_the_middle_of_the_road_is_told(client: Client, account: Account) -> None:
    begins(client, account)
    chooses(client)
    letter = account.provisional
    letter.expires_at = timezone.now() - timedelta(seconds=1)
    letter.save()

    page = identifies(client).content.decode()

    assert "E-1213" in page


def test_once_locked_the_form_is_gone_and_the_way_out_is_shown(client: Client, account: Account) -> None:
    begins(client, account)
    chooses(client)
    for _ in range(2):
        identifies(client, **ANOTHER_DAY)

    page = identifies(client, **ANOTHER_DAY).content.decode()

    assert 'name="birthdate_jour"' not in page
    assert "Revenir à la connexion" in page


def test_a_guardian_refuses_one_child_and_activates_with_the_date_of_the_other(client: Client) -> None:
    account = people.guardian(children=2)
    begins(client, account)
    chooses(client)
    first, second = account.guardian.guardianships.order_by("pupil__birthdate").values_list("pupil", flat=True)

    screen = client.get(IDENTITY).content.decode()
    done = client.post(
        IDENTITY,
        {
            f"refused-{first}": "on",
            f"child-{second}_jour": "15",
            f"child-{second}_mois": "5",
            f"child-{second}_annee": "2010",
            "email": "maryse@messagerie.example",
            "terms": "on",
        },
    )

    assert "Je ne suis pas le représentant légal de Camille" in screen
    assert done.headers["Location"] == DONE
    assert GuardianshipReport.objects.get().pupil_id == first


def test_a_guardian_of_none_of_the_children_is_asked_nothing_else_and_told_what_comes_next(client: Client) -> None:
    account = people.guardian(children=2)
    begins(client, account)
    chooses(client)
    pupils = account.guardian.guardianships.values_list("pupil", flat=True)

    told = client.post(IDENTITY, {f"refused-{pupil}": "on" for pupil in pupils}, follow=True).content.decode()

    assert "Le compte est fermé" in told
    account.refresh_from_db()
    assert account.activated_at is None
    assert client.get(IDENTITY).headers["Location"] == "/connexion"
