from datetime import UTC, date, datetime, timedelta

import pytest

from educonnect.accounts import provisional
from educonnect.accounts.models import Purpose
from educonnect.delegation.mandate import OutOfMandate, operator_mandate
from educonnect.delegation.rules import Right
from educonnect.notification import composing
from educonnect.notification.errors import NobodySelected, UnknownCriterion
from educonnect.notification.selection import Selection, preview, select
from educonnect.population.models import Pupil, Snapshot
from educonnect.schools.models import Audience
from tests.accounts.factories import PupilAccountFactory
from tests.delegation.factories import a_mandate
from tests.notification.conftest import NOW, World
from tests.population.factories import EnrolmentFactory
from tests.schools.factories import DivisionFactory, SchoolFactory

pytestmark = pytest.mark.django_db
OPERATOR = operator_mandate()


def chosen(world: World, **filters: object) -> list[int]:
    return [one.account_id for one in select(OPERATOR, Selection(world.school.pk, **filters), now=NOW)]


def test_letters_come_by_class_then_name(world: World) -> None:
    second = world.pupil("ÉTIENNE", "Zoé", "2DE2")
    tenth = world.pupil("ABADIE", code="2DE10")
    first = world.pupil("D’ALMEIDA", code="2DE2")
    nobody = world.pupil("ABADIE", code="")

    assert chosen(world) == [first.pk, second.pk, tenth.pk, nobody.pk]


@pytest.mark.parametrize(
    "values",
    [
        {"activated_at": NOW, "password": "x"},
        {"closed_at": NOW},
        {"pupil__deceased": True},
        {"enrolment__ended_at": NOW},
        {"enrolment__leaves_on": date(2026, 10, 14)},
    ],
    ids=["activated", "closed", "deceased", "ended", "left today"],
)
def test_who_no_longer_needs_a_letter_is_never_selected(world: World, values: dict[str, object]) -> None:
    stays = world.pupil("ABADIE")
    world.pupil("DUVERGER", **values)

    assert chosen(world) == [stays.pk]


def test_who_leaves_later_is_still_there(world: World) -> None:
    leaving = world.pupil("ABADIE", enrolment__leaves_on=date(2026, 10, 15))

    assert chosen(world) == [leaving.pk]


def test_another_school_is_never_served(world: World) -> None:
    here = world.pupil("ABADIE")
    world.pupil("DUVERGER", enrolment__school=SchoolFactory(), enrolment__division=None)

    assert chosen(world) == [here.pk]


@pytest.mark.parametrize(
    ("day", "classes", "coming"),
    [
        ((2027, 6, 30), ["2DE1", "2DE1"], False),  # handed out in class before the summer
        ((2027, 7, 1), ["2DE1", ""], False),  # in summer the coming year has no classes
        ((2027, 8, 30), ["1G1", "2DE1"], True),  # then it has
    ],
)
def test_a_pupil_of_two_bases_has_one_letter_for_the_class_it_is_handed_out_in(
    world: World, day: tuple[int, int, int], classes: list[str], coming: bool
) -> None:
    staying = world.pupil("ABADIE", code="2DE1")
    world.pupil("BERNIER", code="2DE1")
    division = DivisionFactory(school=world.school, year=2027, code="1G1") if coming else None
    EnrolmentFactory(pupil=staying.pupil, school=world.school, year=2027, division=division)
    now = datetime(*day, 8, tzinfo=UTC)

    found = select(OPERATOR, Selection(world.school.pk), now=now)

    assert [one.division for one in found] == classes
    assert len({one.account_id for one in found}) == 2


def test_a_class_of_last_year_is_not_the_class_of_that_name_this_year(world: World) -> None:
    world.pupil("ABADIE", code="2DE1")
    newcomer = PupilAccountFactory()
    division = DivisionFactory(school=world.school, year=2027, code="2DE1")
    moved = world.pupil("BERNIER", code="2DE1")
    EnrolmentFactory(pupil=newcomer.pupil, school=world.school, year=2027, division=division)
    EnrolmentFactory(
        pupil=moved.pupil,
        school=world.school,
        year=2027,
        division=DivisionFactory(school=world.school, year=2027, code="1G1"),
    )
    Snapshot.objects.create(school=world.school, year=2027, kind="eleves", exported_at=NOW, applied_at=NOW)
    september = datetime(2027, 9, 6, 8, tzinfo=UTC)

    found = select(OPERATOR, Selection(world.school.pk, divisions=("2DE1",)), now=september)

    assert [one.account_id for one in found] == [newcomer.pk]  # neither who left, nor who is in 1G1 now


def test_before_the_new_base_has_come_september_is_told_by_the_former_one(world: World) -> None:
    account = world.pupil("ABADIE", code="2DE1")

    (found,) = select(OPERATOR, Selection(world.school.pk), now=datetime(2027, 9, 6, 8, tzinfo=UTC))

    assert (found.account_id, found.division) == (account.pk, "2DE1")


def test_whoever_holds_a_letter_in_force_is_left_out_unless_asked_for(world: World) -> None:
    holding, without = world.pupil("ABADIE"), world.pupil("BERNIER")
    provisional.issue([holding.pk], purpose=Purpose.ACTIVATION, batch="x", now=NOW)

    assert chosen(world) == [without.pk]
    assert chosen(world, states=("notified",)) == [holding.pk]
    assert preview(OPERATOR, Selection(world.school.pk), now=NOW).held == 1


def test_filters_by_class_level_and_name_hold_together(world: World) -> None:
    wanted = world.pupil("DE LA TOUR", "Élodie", "2DE1", enrolment__level="2211")
    world.pupil("TOURNIER", "Jean", "2DE2", enrolment__level="2211")
    world.pupil("BERNIER", "Paul", "2DE1", enrolment__level="2211")
    term = world.pupil("DURAND", "Ève", "TG1", enrolment__level="2213")

    assert chosen(world, divisions=("2DE1",), levels=("2211",), name="tour") == [wanted.pk]
    assert chosen(world, name="ELO") == [wanted.pk]
    assert chosen(world, levels=("2213",)) == [term.pk]
    assert len(chosen(world, levels=("22",))) == 4


def test_filters_by_state(world: World) -> None:
    opened = world.pupil("ABADIE")
    notified, expired = world.pupil("BERNIER"), world.pupil("CLAIRVAL")
    locked = world.pupil("DURAND", locked_at=NOW - timedelta(hours=1), locked_until=NOW + timedelta(hours=1))
    world_was_locked = world.pupil("EVRARD", locked_at=NOW - timedelta(days=2), locked_until=NOW - timedelta(days=1))
    provisional.issue([notified.pk], purpose=Purpose.ACTIVATION, batch="x", now=NOW)
    provisional.issue([expired.pk], purpose=Purpose.ACTIVATION, batch="x", now=NOW - timedelta(days=100))

    assert chosen(world, states=("opened",)) == [opened.pk, world_was_locked.pk]
    assert chosen(world, states=("notified",)) == [notified.pk]
    assert chosen(world, states=("expired",)) == [expired.pk]
    assert chosen(world, states=("locked",)) == [locked.pk]
    assert chosen(world, states=("opened", "expired")) == [opened.pk, expired.pk, world_was_locked.pk]


@pytest.mark.parametrize(
    "filters",
    [{"divisions": ("2DE9",)}, {"states": ("activated",)}, {"states": ("unknown",)}, {"audience": "staff"}],
)
def test_what_does_not_exist_is_refused_rather_than_ignored(world: World, filters: dict[str, object]) -> None:
    world.pupil("ABADIE")

    with pytest.raises(UnknownCriterion):
        chosen(world, **filters)


def test_nobody_selected_is_refused(world: World) -> None:
    with pytest.raises(NobodySelected):
        chosen(world)


def test_a_school_out_of_scope_is_refused(world: World) -> None:
    world.pupil("ABADIE")
    elsewhere = a_mandate(Right.ADMINISTRATION, SchoolFactory())

    with pytest.raises(OutOfMandate):
        select(elsewhere, Selection(world.school.pk), now=NOW)


def test_a_mandate_of_one_class_sees_that_class_only(world: World) -> None:
    mine = world.pupil("ABADIE", code="2DE1")
    world.pupil("BERNIER", code="2DE2")
    narrowed = a_mandate(Right.DEPANNAGE, world.school, divisions=[world.divisions["2DE1"]])

    assert [one.account_id for one in select(narrowed, Selection(world.school.pk), now=NOW)] == [mine.pk]


def test_guardians_come_once_in_the_order_of_their_childrens_classes(world: World) -> None:
    elder, younger = world.pupil("DUVERGER", "Ana", "2DE2"), world.pupil("DUVERGER", "Zoé", "2DE10")
    other = world.pupil("ABADIE", "Luc", "2DE10")
    mother = world.guardian("DUVERGER", [younger, elder], "Maryse")
    father = world.guardian("BERNIER", [younger, elder], "Alain")
    third = world.guardian("ABADIE", [other])

    found = select(OPERATOR, Selection(world.school.pk, audience=Audience.GUARDIANS), now=NOW)

    assert [(one.account_id, one.division) for one in found] == [
        (father.pk, "2DE2"),
        (mother.pk, "2DE2"),
        (third.pk, "2DE10"),
    ]


@pytest.mark.parametrize("link", [{"link__level": 3}, {"link__ended_at": NOW}], ids=["contact", "ended"])
def test_only_who_is_legally_responsible_is_notified(world: World, link: dict[str, object]) -> None:
    child = world.pupil("DUVERGER")
    legal = world.guardian("ABADIE", [child])
    world.guardian("BERNIER", [child], **link)

    assert chosen(world, audience=Audience.GUARDIANS) == [legal.pk]


def test_the_state_of_one_guardian_says_nothing_of_the_other(world: World) -> None:
    child = world.pupil("DUVERGER")
    free = world.guardian("ABADIE", [child])
    world.guardian("BERNIER", [child], locked_at=NOW)
    world.guardian("CLAIRVAL", [child], activated_at=NOW, password="x")

    assert chosen(world, audience=Audience.GUARDIANS, states=("opened",)) == [free.pk]


def test_a_guardian_is_found_by_the_childs_name(world: World) -> None:
    wanted = world.guardian("ABADIE", [world.pupil("DUVERGER")])
    world.guardian("BERNIER", [world.pupil("CLAIRVAL")])

    assert chosen(world, audience=Audience.GUARDIANS, name="duver") == [wanted.pk]


def test_a_preview_counts_whom_it_serves_voids_and_leaves_out(world: World) -> None:
    world.pupil("ABADIE", code="2DE1")
    again = world.pupil("BERNIER", code="2DE2")
    world.pupil("CLAIRVAL", code="2DE2", activated_at=NOW, password="x")
    provisional.issue([again.pk], purpose=Purpose.ACTIVATION, batch="x", now=NOW)

    seen = preview(OPERATOR, Selection(world.school.pk, states=("opened", "notified")), now=NOW)

    assert (seen.letters, seen.voids, seen.held) == ({"2DE1": 1, "2DE2": 1}, 1, 0)
    assert preview(OPERATOR, Selection(world.school.pk), now=NOW).activated == 1


def test_the_number_of_people_costs_no_query(world: World, django_assert_num_queries) -> None:
    for number in range(5):
        world.pupil(f"ABADIE{number}")

    with django_assert_num_queries(2):  # the school, its accounts
        chosen(world)


def test_the_name_typed_is_not_kept() -> None:
    assert "duverger" not in str(Selection("0750001U", name="duverger").criteria())


@pytest.mark.parametrize(
    ("day", "place"),
    [((2027, 8, 31), "2DE1, Lycée fictif Auguste-Moulin"), ((2027, 9, 1), "1G1, Lycée fictif Auguste-Moulin")],
)
def test_a_child_of_two_bases_is_where_the_running_year_says(
    world: World, day: tuple[int, int, int], place: str
) -> None:
    child = world.pupil("ABADIE", code="2DE1")
    division = DivisionFactory(school=world.school, year=2027, code="1G1")
    EnrolmentFactory(pupil=child.pupil, school=world.school, year=2027, division=division)
    parent = world.guardian("ABADIE", [child])
    setting = composing.Setting(world.school, "", "", "", today=date(*day), limit=date(*day))

    ((told,),) = composing._children([parent.guardian_id], setting, Pupil.objects.all()).values()

    assert told.place == place
