"""Two Septembers of a fictive académie, by its real exports and the real importer: a year and a half in seconds.

A collège that forgets its new base, a cité scolaire (lycée and collège), a lycée of another académie. Every week the
night's work is run and what must always hold is looked at.
"""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine

from educonnect.accounts import activation, signin
from educonnect.accounts.authentication import Authentication
from educonnect.accounts.closing import close_departed
from educonnect.accounts.models import Account, Kind, Stage
from educonnect.accounts.throttling import Origin
from educonnect.delegation.mandate import operator_mandate
from educonnect.demo import years
from educonnect.demo.academie import Academie, Inventing
from educonnect.demo.academie import Kind as SchoolKind
from educonnect.demo.siecle import write_school
from educonnect.federation.release import read_person
from educonnect.imports.run import run_import
from educonnect.journal import sealing
from educonnect.journal.models import Entry
from educonnect.journal.rules import Event
from educonnect.journal.trails import Trail
from educonnect.letters import pdf
from educonnect.notification import campaign
from educonnect.notification.selection import Selection
from educonnect.population.enrolments import current_on, end_due
from educonnect.population.models import Guardianship, Pupil
from educonnect.privacy import retention
from educonnect.sessions.purge import forget_expired

OPERATOR = operator_mandate()
COLLEGE, LYCEE, CITE_COLLEGE, ELSEWHERE = 1, 3, 4, 1000
PASSWORD = "quatre hérons boivent du thé"
LETTER = timedelta(days=90)


class Story:
    """The clock, the schools as their bases have them, and what has been seen so far."""

    def __init__(self, clock, folder):
        self.clock, self.folder, self.files = clock, folder, 0
        academie = Academie(schools=5, pupils=40, seed=7, today=date(2026, 9, 10))
        numbers = (COLLEGE, LYCEE, CITE_COLLEGE, ELSEWHERE)
        self.schools = {number: Inventing(academie, number).school() for number in numbers}
        self.day = academie.today
        self.seen = {}  # account -> (holder, username, identifier)
        self.leavers = set()  # accounts that may close on 1 January
        self.activated = []

    @property
    def now(self):
        return datetime(self.day.year, self.day.month, self.day.day, 5, tzinfo=UTC)

    def until(self, *day):
        """Go to a day, a night a week on the way, and one on the eve and on the day."""
        target = date(*day)
        while self.day < target:
            self.day = min(self.day + timedelta(days=7), target)
            self.night()

    def night(self):
        self.clock.move_to(self.now)
        before = set(Account.objects.filter(closed_at__isnull=False).values_list("pk", flat=True))
        there = {number: self.present(number) for number in self.schools}
        end_due(now=self.now)
        close_departed(now=self.now)
        forget_expired(self.now)
        campaign.destroy_expired(self.now)
        for trail in Trail:
            sealing.seal(trail, patience=0)
        retention.apply(now=self.now)
        closed = set(Account.objects.filter(closed_at__isnull=False).values_list("pk", flat=True)) - before
        assert closed <= self.leavers, f"closed on {self.day}"
        for number, count in there.items():
            assert self.present(number) >= count * 0.5, f"{number} emptied on {self.day}"
        self.look()

    def look(self):
        """What must hold on any day."""
        accounts = {
            pk: (pupil or guardian, username, identifier)
            for pk, pupil, guardian, username, identifier in Account.objects.values_list(
                "pk", "pupil", "guardian", "username", "educonnect_id"
            )
        }
        for pk, known in accounts.items():
            assert self.seen.setdefault(pk, known) == known
        assert len({username for _, username, _ in self.seen.values()}) == len(self.seen)
        buckets = [Account.objects.filter(stage=stage).count() for stage in Stage]
        assert sum(buckets) == len(accounts)
        told = Entry.objects.filter(event=Event.ACCOUNT_NOTIFIED).order_by("account_id", "at")
        for former, later in pairwise(told.values_list("account_id", "at")):
            assert former[0] != later[0] or later[1] - former[1] > LETTER
        if self.activated:
            pk, username = self.activated[self.day.toordinal() % len(self.activated)]
            if not Account.objects.filter(pk=pk, closed_at__isnull=False).exists() and pk in accounts:
                assert isinstance(self.sign_in(username), Authentication)

    def sign_in(self, username):
        return signin.sign_in(username, PASSWORD, origin=Origin(address="192.0.2.7"))

    def present(self, number):
        return current_on(self.day).filter(school=self.schools[number].uai).values("pupil").distinct().count()

    def bring(self, *schools, refused=False):
        """Write these bases as exports of yesterday evening and import them."""
        self.files += 1
        paths = [path for school in schools for path in write_school(school, self.folder / f"{self.files}", self.day)]
        report = run_import(paths, mandate=OPERATOR, now=self.now)
        assert report.refused is refused, [str(one) for one in report.findings if one.severity == "bloquant"]
        return {key: sum(group.counts.get(key, 0) for group in report.groups) for key in ("enrolments_ended", "pupils")}

    def notify(self, number):
        """Class -> usernames of the letters made, read where staff read them; and passwords by username."""
        begun = campaign.notify(OPERATOR, Selection(self.schools[number].uai), now=self.now)
        for chunk in begun.chunks.order_by("number"):
            campaign.run_chunk(chunk.pk)
        with zipfile.ZipFile(io.BytesIO(campaign.files(OPERATOR, begun.pk))) as archive:
            (table,) = [name for name in archive.namelist() if name.endswith(".csv")]
            lines = list(csv.DictReader(io.StringIO(archive.read(table).decode("utf-8-sig")), delimiter=";"))
        classes = {}
        for line in lines:
            classes.setdefault(line["Classe"], set()).add(line["Identifiant"])
        return classes

    def activate(self, usernames):
        for username in sorted(usernames):
            account = Account.objects.select_related("pupil").get(username=username)
            encoded = activation.choose_password(account.pk, PASSWORD)
            activation.activate_pupil(
                account.pk, birthdate=account.pupil.birthdate, password_hash=encoded, now=self.now
            )
            self.activated.append((account.pk, username))

    def account(self, pupil):
        return Account.objects.get(pupil__ine=pupil.ine)

    def released(self, pupil):
        account = self.account(pupil)
        person = read_person(account.pk, account.epoch, now=self.now)
        return person.uai, person.level

    def gone(self, pupils):
        """Accounts of these pupils and of guardians who answer for nobody else."""
        inside = Pupil.objects.filter(ine__in=[pupil.ine for pupil in pupils if pupil.ine])
        own = set(Account.objects.filter(pupil__in=inside).values_list("pk", flat=True))
        for pk, guardian in Account.objects.filter(kind=Kind.GUARDIAN).values_list("pk", "guardian"):
            children = set(Guardianship.objects.filter(guardian=guardian, level=1).values_list("pupil", flat=True))
            if children <= set(inside.values_list("pk", flat=True)):
                own.add(pk)
        return own


def of_level(school, *levels):
    return [pupil for pupil in school.pupils if pupil.course.level in levels and pupil.ine]


@pytest.mark.django_db
def test_two_septembers_without_mass_closing_nor_a_second_letter(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "render", lambda letters, title="": b"%PDF")
    with time_machine.travel(datetime(2026, 9, 10, 5, tzinfo=UTC), tick=False) as clock:
        story = Story(clock, tmp_path)
        college, lycee, cite, elsewhere = (story.schools[n] for n in (COLLEGE, LYCEE, CITE_COLLEGE, ELSEWHERE))

        # September 2026: first bases, first letters, by class
        story.bring(college, lycee, cite, elsewhere)
        classes = story.notify(LYCEE)
        assert {code for code in classes if code} == set(lycee.divisions)
        story.until(2026, 9, 24)
        story.activate(sorted(set().union(*classes.values()))[::2])

        # May 2027: the bases in preparation, in any order, beside the current ones; nothing ends
        story.until(2027, 5, 18)
        third = of_level(college, "2116") + of_level(cite, "2116")
        abroad, here = third[:2], third[2:]
        second = years.COURSES[SchoolKind.LYCEE][0]
        repeater = of_level(lycee, "2211")[0]
        new = {
            LYCEE: years.a_year_later(
                lycee,
                arriving=[years.taken_in(pupil, second) for pupil in here],
                repeating=[repeater.number],
                preparation=True,
            ),
            ELSEWHERE: years.a_year_later(
                elsewhere,
                arriving=[years.taken_in(pupil, second, elsewhere=True) for pupil in abroad],
                preparation=True,
            ),
            COLLEGE: years.a_year_later(college, arriving=years.newcomers(college, count=8, seed=1), preparation=True),
            CITE_COLLEGE: years.a_year_later(cite, arriving=years.newcomers(cite, count=8, seed=2), preparation=True),
        }
        before = {number: story.present(number) for number in story.schools}
        assert story.bring(new[LYCEE])["enrolments_ended"] == 0
        story.until(2027, 6, 1)
        assert story.bring(new[ELSEWHERE], new[CITE_COLLEGE], lycee)["enrolments_ended"] == 0
        assert {number: story.present(number) for number in story.schools} == before
        moved_guardians = {
            pupil.ine: set(
                Account.objects.filter(
                    guardian__guardianships__pupil__ine=pupil.ine, guardian__guardianships__level=1
                ).values_list("pk", flat=True)
            )
            for pupil in third
        }

        # June: letters of September are over; those never activated have new ones, by class, and newcomers theirs
        story.until(2027, 6, 14)
        june = story.notify(LYCEE)
        newcomers = {story.account(pupil).username for pupil in here}
        assert newcomers <= june.pop("")
        assert set(june) <= set(lycee.divisions)

        # July: the oldest have their date; nobody who holds a letter has another
        story.until(2027, 7, 6)
        last = [pupil for pupil in lycee.pupils if pupil.course.level in {"2213"}]
        ended = {pupil.number for pupil in last}
        july = replace(
            lycee,
            pupils=[
                replace(p, leaves=date(2027, 7, 4), leaving_reason="10") if p.number in ended else p
                for p in lycee.pupils
            ],
        )
        assert story.bring(july)["enrolments_ended"] >= len(of_level(lycee, "2213"))
        late = years.newcomers(lycee, count=3, seed=3)
        new[LYCEE] = replace(new[LYCEE], pupils=[*new[LYCEE].pupils, *late])
        story.until(2027, 7, 12)
        story.bring(new[LYCEE])
        assert story.notify(LYCEE) == {"": {story.account(pupil).username for pupil in late}}

        # August: a truncated base in preparation is refused; the running year is what services learn
        story.until(2027, 8, 31)
        story.bring(replace(new[CITE_COLLEGE], pupils=new[CITE_COLLEGE].pupils[:3]), refused=True)
        assert story.released(here[0])[1] == "2116"
        assert story.released(abroad[0])[1] == "2116"

        # 1 September: schools and levels change by themselves, accounts do not
        story.until(2027, 9, 1)
        assert story.released(here[0]) == (lycee.uai, "2211")
        assert story.released(abroad[0]) == (elsewhere.uai, "2211")
        assert story.released(repeater)[1] == "2211"
        for pupil in third:
            guardians = Account.objects.filter(
                guardian__guardianships__pupil__ine=pupil.ine,
                guardian__guardianships__level=1,
                guardian__guardianships__ended_at__isnull=True,
            )
            assert set(guardians.values_list("pk", flat=True)) <= moved_guardians[pupil.ine]

        # the new bases with their classes; letters are grouped by them. The collège has sent nothing.
        story.until(2027, 9, 6)
        current = {number: years.in_classes(new[number]) for number in (LYCEE, ELSEWHERE, CITE_COLLEGE)}
        story.bring(*current.values())
        story.until(2027, 9, 20)
        september = story.notify(LYCEE)
        assert "" not in september
        assert set(september) <= set(current[LYCEE].divisions)
        story.activate(sorted(set().union(*september.values()))[:4])
        silent = story.present(COLLEGE)
        story.until(2027, 10, 4)
        assert story.present(COLLEGE) == silent
        story.until(2027, 11, 2)
        story.bring(years.in_classes(new[COLLEGE]))
        story.until(2027, 11, 9)

        # the turn of the year closes those who left, and nobody else
        story.leavers = story.gone(
            [
                pupil
                for school in (college, lycee, cite, elsewhere)
                for pupil in school.pupils
                if not Pupil.objects.filter(ine=pupil.ine, enrolments__ended_at__isnull=True).exists()
            ]
        )
        story.until(2027, 12, 31)
        assert not Account.objects.exclude(closed_at=None).exists()
        story.until(2028, 1, 1)
        story.until(2028, 1, 8)
        assert set(Account.objects.exclude(closed_at=None).values_list("pk", flat=True)) == story.leavers
        assert story.account(last[0]).pk in story.leavers

        # one of them comes back, with the same account and password; the others are erased in April
        back = next(
            pupil for pupil in last if (story.account(pupil).pk, story.account(pupil).username) in story.activated
        )
        account = story.account(back)
        story.bring(
            replace(
                current[ELSEWHERE],
                pupils=[*current[ELSEWHERE].pupils, years.taken_in(back, back.course, elsewhere=True)],
            )
        )
        again = story.account(back)
        assert (again.pk, again.username, again.closed_at) == (account.pk, account.username, None)
        assert isinstance(story.sign_in(again.username), Authentication)
        returned = {again.pk} | story.gone([back])
        story.until(2028, 3, 31)
        assert Account.objects.filter(pk__in=story.leavers).count() == len(story.leavers)
        story.until(2028, 4, 1)
        story.until(2028, 4, 8)
        left = set(Account.objects.filter(pk__in=story.leavers).values_list("pk", flat=True))
        assert again.pk in left <= returned
        assert not Pupil.objects.filter(ine=last[0].ine).exists() or last[0] is back
