"""Letters, all included: select, draw, word, typeset, seal, store; then the ZIP handed over."""

import io
import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime

from bench import measure, store
from bench.measure import Figure

TITLE = "Letters"
NOW = datetime(2026, 10, 14, 8, 0, tzinfo=UTC)
CLASS = 30
FIRST = ("Camille", "Zoé", "Jean-Baptiste", "Léa", "Yanis", "Anne-Sophie", "Ève", "Lucas")
FAMILY = ("DUVERGER", "ABADIE", "DE LA TOUR", "ÉTIENNE", "NGUYEN", "D’ALMEIDA", "BERNIER")


def run(quick: bool) -> Iterator[Figure]:
    """100 to 20,000 letters of pupils, then of guardians; a letter must cost the same at each size."""
    with store.fresh("bench-letters") as data_dir:
        from educonnect.delegation.mandate import operator_mandate
        from educonnect.letters.pdf import close_presses
        from educonnect.notification import campaign as campaigns
        from educonnect.notification import export
        from educonnect.notification.models import Campaign
        from educonnect.notification.selection import Selection

        database = measure.postmaster(data_dir)
        mandate = operator_mandate()

        def made(uai: str, audience: str) -> Campaign:
            campaign = campaigns.notify(mandate, Selection(uai, audience=audience), now=NOW)
            while campaigns.help_finish(campaign.pk):
                pass
            close_presses()  # so that what they cost is counted here
            campaign.refresh_from_db()
            return campaign

        made(people(0, CLASS), "pupils")  # what is loaded once weighs on no figure
        for number, size in enumerate((100, 400) if quick else (100, 500, 2_000, 20_000), start=1):
            uai = people(number, size)
            with measure.measuring(f"pupils’ letters, {size}", size, database=database) as measured:
                campaign = made(uai, "pupils")
                measured.ops = campaign.letters
            yield measured.figure
            with measure.measuring(f"their ZIP, {size}", size, database=database) as measured, Sink() as sink:
                export.write_files(mandate, campaign.pk, sink)
                measured.note = f"{sink.written / 2**20:.1f} MiB"
            yield measured.figure
        with measure.measuring("guardians’ letters, 400", database=database) as measured:
            measured.ops = made(people(9, 400), "guardians").letters
        yield measured.figure


class Sink(io.RawIOBase):
    """A file that forgets what it is given."""

    written = 0

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        size = memoryview(content).nbytes  # type: ignore[arg-type]
        self.written += size
        return size


def people(number: int, size: int) -> str:
    """A school of that many pupils, in classes of thirty, each with a guardian and both with an account; its UAI."""
    from educonnect.accounts.models import Account, Kind
    from educonnect.population.models import Enrolment, Guardian, Guardianship, Pupil
    from educonnect.population.names import searchable
    from educonnect.schools.models import Division, School

    uai = f"972{number:04d}A"
    school = School.objects.create(
        uai=uai, name="Lycée fictif", departement="972", academie="31", si_instance="31", phone="05 96 00 00 00"
    )
    divisions = Division.objects.bulk_create(
        Division(school=school, year=2026, code=f"2DE{rank}") for rank in range(-(-size // CLASS))
    )
    names = [(FAMILY[rank % 7], f"{FIRST[rank % 8]} {rank}") for rank in range(size)]
    pupils = Pupil.objects.bulk_create(
        Pupil(
            ine=f"{number:02d}{rank:07d}AA",
            first_ine=f"{number:02d}{rank:07d}AA",
            family_name=family,
            first_name=first,
            birthdate=date(2009 + rank % 3, 1 + rank % 12, 1 + rank % 28),
            folded=searchable(family, first),
        )
        for rank, (family, first) in enumerate(names)
    )
    guardians = Guardian.objects.bulk_create(
        Guardian(family_name=family, first_name=f"Parent {first}", folded=searchable(family, f"Parent {first}"))
        for family, first in names
    )
    Enrolment.objects.bulk_create(
        Enrolment(
            pupil=pupil, school=school, year=2026, division=divisions[rank // CLASS], level="2211", source_id=rank
        )
        for rank, pupil in enumerate(pupils)
    )
    Guardianship.objects.bulk_create(
        Guardianship(guardian=guardian, pupil=pupil, school=school, level=1)
        for guardian, pupil in zip(guardians, pupils, strict=True)
    )
    Account.objects.bulk_create(
        Account(
            kind=kind,
            **{kind.value: holder},
            username=f"{kind.value[0]}{number}.bench{rank}",
            educonnect_id=secrets.token_hex(48),
            opened_at=NOW,
        )
        for kind, holders in ((Kind.PUPIL, pupils), (Kind.GUARDIAN, guardians))
        for rank, holder in enumerate(holders)
    )
    return uai


if __name__ == "__main__":
    measure.main(TITLE, run)
