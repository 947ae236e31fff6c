import csv
import io
import json
import re
import zipfile
from datetime import timedelta

import pikepdf
import pypdf
import pytest
from django.core import serializers
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from educonnect.accounts import provisional
from educonnect.accounts.models import Account, ProvisionalPassword
from educonnect.delegation.mandate import OutOfMandate, operator_mandate
from educonnect.delegation.rules import Right
from educonnect.jobs import sealing
from educonnect.journal.models import Entry
from educonnect.letters import pdf
from educonnect.notification import campaign as campaigns
from educonnect.notification import export, rules
from educonnect.notification.errors import FilesDestroyed, FilesNotReady, NobodySelected
from educonnect.notification.models import Campaign, CampaignState, Chunk, Download
from educonnect.notification.selection import Selection
from educonnect.schools import portal
from educonnect.schools.models import Audience, PortalAddress
from tests.delegation.factories import a_mandate
from tests.notification.conftest import NOW, World

pytestmark = pytest.mark.django_db
OPERATOR = operator_mandate()


def notified(world: World, **filters: object) -> Campaign:
    campaign = campaigns.notify(OPERATOR, Selection(world.school.pk, **filters), now=NOW)
    for chunk in campaign.chunks.order_by("number"):
        campaigns.run_chunk(chunk.pk)
    campaign.refresh_from_db()
    return campaign


def opened(campaign: Campaign) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(campaigns.files(OPERATOR, campaign.pk)))
    return {name: archive.read(name) for name in archive.namelist()}


def lines(files: dict[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[export.TABLE].decode("utf-8-sig")), delimiter=";"))


def texts(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_a_campaign_is_written_down_with_its_jobs_and_nothing_else_happens(world: World) -> None:
    for number in range(3):
        world.pupil(f"ABADIE{number}", code="2DE1")
    world.pupil("BERNIER", code="2DE2")

    campaign = campaigns.notify(OPERATOR, Selection(world.school.pk), now=NOW)

    assert [(chunk.title, len(chunk.accounts)) for chunk in campaign.chunks.order_by("number")] == [
        ("2DE1", 3),
        ("2DE2", 1),
    ]
    assert ProcrastinateJob.objects.filter(task_name=campaigns.RUN_CHUNK).count() == 2
    assert not Account.objects.filter(notified_at__isnull=False).exists()
    assert (campaign.total, campaign.done, campaign.state) == (4, 0, CampaignState.PENDING)


def test_a_large_class_makes_several_chunks(world: World, monkeypatch) -> None:
    monkeypatch.setattr(rules, "CHUNK", 2)
    for number in range(5):
        world.pupil(f"ABADIE{number}")

    campaign = notified(world)

    assert campaign.chunks.count() == 3
    assert set(opened(campaign)) == {
        "classe-2DE1.pdf",
        "classe-2DE1-2.pdf",
        "classe-2DE1-3.pdf",
        export.TABLE,
    }


def test_each_pupil_gets_one_letter_that_opens_the_account(world: World) -> None:
    account = world.pupil("DUVERGER", "Camille", "2DE1")
    world.pupil("ABADIE", "Luc", "2DE2")

    files = opened(notified(world))

    (page,) = texts(files["classe-2DE1.pdf"])
    row = next(line for line in lines(files) if line["Nom"] == "DUVERGER")
    account = Account.objects.select_related("provisional").get(pk=account.pk)
    assert provisional.matches(account, row["Mot de passe provisoire"], timezone.now())
    for printed in (
        "Camille DUVERGER",
        "2DE1",
        "Lycée fictif Auguste-Moulin",
        "05 96 00 00 00",
        "Votre compte ÉduConnect",
        "Mise à disposition de votre compte",
        account.username,
        row["Mot de passe provisoire"],
        "La cheffe ou le chef d’établissement",
        "http://localhost:8000",
    ):
        assert printed in page
    assert account.notified_at is not None


def test_the_limit_printed_is_the_last_day_the_password_works(world: World, settings) -> None:
    account = world.pupil("DUVERGER")

    (page,) = texts(opened(notified(world))["classe-2DE1.pdf"])

    last = timezone.localdate() + timedelta(days=settings.LETTER_DAYS)
    assert rules.in_words(last, weekday=True).replace("\u00a0", " ") in page
    expiry = ProvisionalPassword.objects.get(account=account).expires_at
    assert timezone.localdate(expiry) > last


def test_letters_of_a_class_are_in_alphabetical_order(world: World) -> None:
    for name in ("BERNIER", "ÉTIENNE", "ABADIE", "D’ALMEIDA"):
        world.pupil(name)

    files = opened(notified(world))

    order = ["ABADIE", "BERNIER", "D’ALMEIDA", "ÉTIENNE"]
    assert [next(name for name in order if name in page) for page in texts(files["classe-2DE1.pdf"])] == order
    assert [line["Nom"] for line in lines(files)] == order


def test_T69_a_chunk_run_twice_changes_nothing(world: World) -> None:
    account = world.pupil("DUVERGER")
    campaign = notified(world)
    digest = ProvisionalPassword.objects.get(account=account).digest
    (chunk,) = campaign.chunks.all()

    again = campaigns.run_chunk(chunk.pk)

    assert again is False
    assert ProvisionalPassword.objects.get(account=account).digest == digest
    assert Entry.objects.filter(event="account.notified").count() == 1
    assert Campaign.objects.get().done == 1


def test_T69_a_chunk_that_fails_half_way_changes_nothing(world: World, monkeypatch) -> None:
    account = world.pupil("DUVERGER")
    campaign = campaigns.notify(OPERATOR, Selection(world.school.pk), now=NOW)
    (chunk,) = campaign.chunks.all()
    monkeypatch.setattr(pdf, "render", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        campaigns.run_chunk(chunk.pk)

    account.refresh_from_db()
    assert account.notified_at is None
    assert not ProvisionalPassword.objects.exists()
    assert not Entry.objects.filter(event="account.notified").exists()


def test_who_activated_meanwhile_is_left_alone(world: World) -> None:
    stays, activates = world.pupil("ABADIE"), world.pupil("BERNIER")
    campaign = campaigns.notify(OPERATOR, Selection(world.school.pk), now=NOW)
    Account.objects.filter(pk=activates.pk).update(activated_at=NOW, password="x")

    campaigns.run_chunk(campaign.chunks.get().pk)

    campaign.refresh_from_db()
    assert (campaign.total, campaign.done, campaign.letters) == (2, 2, 1)
    assert [line["Identifiant"] for line in lines(opened(campaign))] == [stays.username]


def test_who_left_or_died_meanwhile_gets_no_letter(world: World) -> None:
    leaves, dies = world.pupil("ABADIE"), world.pupil("BERNIER")
    campaign = campaigns.notify(OPERATOR, Selection(world.school.pk), now=NOW)
    leaves.pupil.enrolments.update(ended_at=NOW)
    dies.pupil.deceased = True
    dies.pupil.save()

    campaigns.run_chunk(campaign.chunks.get().pk)

    campaign.refresh_from_db()
    assert (campaign.letters, campaign.state) == (0, CampaignState.DONE)
    assert set(opened(campaign)) == {export.TABLE}


def test_T10_a_provisional_password_is_long_drawn_and_dies(world: World) -> None:
    account = world.pupil("DUVERGER")

    (row,) = lines(opened(notified(world)))

    printed = row["Mot de passe provisoire"]
    account = Account.objects.select_related("provisional").get(pk=account.pk)
    assert len(printed.replace("-", "")) == 12
    assert not set(printed) & set("O0I1")
    assert not provisional.matches(account, printed, timezone.now() + timedelta(days=92))


def test_T11_notifying_again_voids_the_former_letter_at_once(world: World) -> None:
    account = world.pupil("DUVERGER")
    (first,) = lines(opened(notified(world)))

    (second,) = lines(opened(notified(world, states=("notified",))))

    account = Account.objects.select_related("provisional").get(pk=account.pk)
    assert not provisional.matches(account, first["Mot de passe provisoire"], timezone.now())
    assert provisional.matches(account, second["Mot de passe provisoire"], timezone.now())
    assert second["Identifiant"] == first["Identifiant"]


def test_T12_the_clear_password_is_nowhere_but_in_the_file(world: World, caplog) -> None:
    world.pupil("DUVERGER")
    campaign = notified(world)
    (row,) = lines(opened(campaign))
    printed = row["Mot de passe provisoire"]

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        everything = ""
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM \"{table}\" t")
            everything += cursor.fetchone()[0]
    stored = everything.upper()
    for form in (printed, printed.replace("-", "")):
        assert form not in stored
        assert form.encode().hex().upper() not in stored
        assert form not in caplog.text


def test_T12_each_download_is_journalled(world: World) -> None:
    world.pupil("DUVERGER")
    campaign = notified(world)

    campaigns.files(OPERATOR, campaign.pk)
    campaigns.files(OPERATOR, campaign.pk)

    assert Download.objects.filter(campaign=campaign, actor=OPERATOR.actor).count() == 2
    assert Entry.objects.filter(event="campaign.files-taken", actor=OPERATOR.actor).count() == 2


def test_T12_files_are_for_whoever_asked_alone(world: World) -> None:
    world.pupil("DUVERGER")
    campaign = notified(world)
    colleague = a_mandate(Right.ADMINISTRATION, world.school)

    with pytest.raises(OutOfMandate):
        campaigns.files(colleague, campaign.pk)

    assert not Download.objects.exists()


def test_T12_files_are_destroyed_once_their_time_is_over(world: World, settings) -> None:
    account = world.pupil("DUVERGER")
    campaign = notified(world)
    early = campaigns.destroy_expired(campaign.files_expire_at - timedelta(seconds=1))

    destroyed = campaigns.destroy_expired(campaign.files_expire_at)

    campaign.refresh_from_db()
    assert (early, destroyed, campaign.state) == (0, 1, CampaignState.DESTROYED)
    assert [(chunk.letters, chunk.rows) for chunk in Chunk.objects.all()] == [(None, None)]
    assert Entry.objects.filter(event="campaign.files-destroyed").count() == 1
    with pytest.raises(FilesDestroyed):
        campaigns.files(OPERATOR, campaign.pk)
    account.refresh_from_db()
    assert account.notified_at is not None  # the letter handed out still works
    assert campaigns.destroy_expired(campaign.files_expire_at) == 0


def test_files_whose_time_is_over_are_refused_even_before_they_are_destroyed(world: World, settings) -> None:
    settings.FILES_LIFETIME = -1
    world.pupil("DUVERGER")
    campaign = notified(world)

    with pytest.raises(FilesDestroyed):
        campaigns.files(OPERATOR, campaign.pk)


def test_a_campaign_that_never_finished_loses_its_files_too(world: World) -> None:
    world.pupil("ABADIE", code="2DE1")
    late = world.pupil("BERNIER", code="2DE2")
    campaign = campaigns.notify(OPERATOR, Selection(world.school.pk), now=NOW)
    first, second = campaign.chunks.order_by("number")
    campaigns.run_chunk(first.pk)

    campaigns.destroy_expired(timezone.now() + timedelta(days=2))

    assert campaigns.run_chunk(second.pk) is False
    late.refresh_from_db()
    assert late.notified_at is None


def test_unfinished_files_are_not_handed_over(world: World) -> None:
    world.pupil("DUVERGER")
    campaign = campaigns.notify(OPERATOR, Selection(world.school.pk), now=NOW)

    with pytest.raises(FilesNotReady):
        campaigns.files(OPERATOR, campaign.pk)

    assert not Download.objects.exists()


def test_sealed_letters_of_one_class_do_not_open_as_anothers(world: World) -> None:
    world.pupil("ABADIE", code="2DE1")
    world.pupil("BERNIER", code="2DE2")
    campaign = notified(world)
    first, second = campaign.chunks.order_by("number")
    Chunk.objects.filter(pk=second.pk).update(letters=first.letters)

    with pytest.raises(sealing.Unsealable):
        campaigns.files(OPERATOR, campaign.pk)


def test_T70_a_name_that_is_a_formula_is_inert_in_the_table(world: World) -> None:
    world.pupil('=HYPERLINK("http://x.invalid")', "+1", "=1+1")

    files = opened(notified(world))

    (row,) = lines(files)
    assert row["Nom"].startswith("'=")
    assert row["Prénom"] == "'+1"
    assert row["Classe"] == "'=1+1"
    assert files[export.TABLE].startswith(b"\xef\xbb\xbf")
    assert set(files) == {"classe-1-1.pdf", export.TABLE}


def test_T70_classes_with_hostile_codes_have_safe_and_different_names(world: World) -> None:
    for code in ("../x", "..\\x", "X", "x", ""):
        world.pupil("DUVERGER", code=code)

    names = set(opened(notified(world))) - {export.TABLE}

    assert len({name.casefold() for name in names}) == 5
    assert all(re.fullmatch(r"(classe-x|sans-classe)(-\d)?\.pdf", name.casefold()) for name in names)


def test_T82_the_letters_of_a_class_are_tagged_pdf(world: World) -> None:
    world.pupil("DUVERGER")

    content = opened(notified(world))["classe-2DE1.pdf"]

    with pikepdf.open(io.BytesIO(content)) as document:
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.Root.Lang).startswith("fr")
        assert "/StructTreeRoot" in document.Root
        with document.open_metadata() as metadata:
            assert metadata["dc:title"] == "Comptes ÉduConnect – 2DE1"
            assert metadata["pdfuaid:part"] == "1"


def test_the_schools_verified_address_is_printed(world: World) -> None:
    world.pupil("DUVERGER")
    PortalAddress.objects.create(
        school=world.school, audience=Audience.PUPILS, url="https://ent.example/eleves", verified_at=NOW
    )

    (page,) = texts(opened(notified(world))["classe-2DE1.pdf"])

    assert "https://ent.example/eleves" in page
    assert "localhost" not in page


def test_an_unverified_address_is_never_printed(world: World) -> None:
    world.pupil("DUVERGER")
    portal.declare(world.school, Audience.PUPILS, "https://ent.example")

    (page,) = texts(opened(notified(world))["classe-2DE1.pdf"])

    assert "ent.example" not in page
    assert "http://localhost:8000" in page


def test_guardians_letters_list_their_children_and_both_addresses(world: World) -> None:
    elder, younger = world.pupil("DUVERGER", "Ana", "2DE1"), world.pupil("DUVERGER", "Zoé", "2DE2")
    account = world.guardian("DUVERGER", [elder, younger], guardian__civility="Mme")
    PortalAddress.objects.create(
        school=world.school, audience=Audience.GUARDIANS, url="https://ent.example/parents", verified_at=NOW
    )

    files = opened(notified(world, audience=Audience.GUARDIANS))

    (page,) = texts(files["classe-2DE1.pdf"])
    for printed in (
        "Mme Maryse DUVERGER",
        "Ana DUVERGER",
        "Zoé DUVERGER",
        "2DE2, Lycée fictif Auguste-Moulin",
        "http://localhost:8000",
        "https://ent.example/parents",
        "date de naissance de chaque enfant",
        "Si vous n’êtes pas le représentant légal",
        account.username,
    ):
        assert printed in page
    assert not re.search("FranceConnect|SMS", page)  # nothing is promised that does not exist
    (row,) = lines(files)
    assert row["Enfants"] == "Ana DUVERGER, Zoé DUVERGER"
    assert account.pk == Account.objects.get(notified_at__isnull=False).pk


def test_a_guardian_of_eight_children_has_one_page(world: World) -> None:
    children = [world.pupil("DUVERGER-DE-LA-TOUR", f"Marie-Élisabeth-{number}") for number in range(8)]
    world.guardian("DUVERGER", children)

    (page,) = texts(opened(notified(world, audience=Audience.GUARDIANS))["classe-2DE1.pdf"])

    assert page.count("DUVERGER-DE-LA-TOUR") == 8
    assert "La cheffe ou le chef d’établissement" in page


def test_children_a_guardian_no_longer_answers_for_are_not_printed(world: World) -> None:
    mine = world.pupil("DUVERGER", "Ana")
    account = world.guardian("DUVERGER", [mine])
    from tests.population.factories import GuardianshipFactory

    former = world.pupil("ABADIE", "Luc")
    GuardianshipFactory(guardian=account.guardian, pupil=former.pupil, school=world.school, ended_at=NOW)

    (page,) = texts(opened(notified(world, audience=Audience.GUARDIANS))["classe-2DE1.pdf"])

    assert "ABADIE" not in page


@pytest.mark.parametrize(
    ("year", "words"),
    [(2015, "à partir de 15 ans"), (2011, "vous pouvez créer votre pass Culture"), (2009, "dès maintenant le crédit")],
)
def test_what_the_account_opens_depends_on_the_age(world: World, year: int, words: str, time_machine) -> None:
    from datetime import date

    time_machine.move_to(NOW)
    world.pupil("DUVERGER", pupil__birthdate=date(year, 3, 2))

    (page,) = texts(opened(notified(world))["classe-2DE1.pdf"])

    assert words in page


def test_the_size_of_a_chunk_costs_no_query(
    world: World, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    for number in range(12):
        world.guardian(f"ABADIE{number}", [world.pupil(f"BERNIER{number}"), world.pupil(f"CLAIRVAL{number}")])
    campaign = campaigns.notify(OPERATOR, Selection(world.school.pk, audience=Audience.GUARDIANS), now=NOW)

    with django_assert_max_num_queries(23):
        campaigns.run_chunk(campaign.chunks.get().pk)


def test_the_journal_says_who_notified_whom_and_no_name(world: World) -> None:
    account = world.pupil("DUVERGER")

    campaign = notified(world, name="duverger")

    entry = Entry.objects.get(event="account.notified")
    assert (entry.account_id, entry.actor, entry.uai) == (account.pk, OPERATOR.actor, world.school.pk)
    assert entry.detail == {"batch": f"campaign:{campaign.pk}"}
    written = json.dumps(serializers.serialize("python", Entry.objects.all()), default=str).lower()
    assert "duverger" not in written
    assert "duverger" not in json.dumps(campaign.criteria).lower()


def test_a_refused_notification_writes_nothing(world: World) -> None:
    with pytest.raises(NobodySelected):
        campaigns.notify(OPERATOR, Selection(world.school.pk), now=NOW)

    assert not Campaign.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_a_chunk_that_no_job_will_make_is_asked_for_again(world: World) -> None:
    world.pupil("ABADIE", code="2DE1")
    world.pupil("BERNIER", code="2DE2")
    campaign = campaigns.notify(OPERATOR, Selection(world.school.pk), now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'failed' WHERE args ->> 'chunk_id' = %s",
            [str(campaign.chunks.order_by("number").first().pk)],
        )

    early = campaigns.resume(NOW + timedelta(minutes=1))
    asked = campaigns.resume(NOW + timedelta(minutes=11))
    again = campaigns.resume(NOW + timedelta(minutes=12))

    assert (early, asked, again) == (0, 1, 0)
    assert ProcrastinateJob.objects.filter(status="todo").count() == 2
