"""Promise T84: the release that runs goes on running on the tables of the next (decision 0110)."""

from collections.abc import Iterator

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

NEEDS_NOTHING = (
    migrations.CreateModel,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    AddIndexConcurrently,
    AddConstraintNotValid,
    ValidateConstraint,
)
LATER = 'in a later release, mark it: `contract = "why no running release needs it"`'


def complaints(migration: migrations.Migration, before: ProjectState) -> Iterator[str]:
    """What in a migration would break the release that runs meanwhile."""
    if getattr(migration, "contract", ""):
        return
    made: set[str] = set()
    state = before.clone()
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            made.add(operation.name_lower)
        model = str(getattr(operation, "model_name_lower", ""))
        if model not in made and (why := wrong(operation, state, migration.app_label)):
            yield f"{migration.app_label}.{migration.name}: {operation.describe()}: {why}"
        operation.state_forwards(migration.app_label, state)


def wrong(operation: Operation, state: ProjectState, label: str) -> str:
    """Why an operation on a table that the running release knows must wait; empty if it need not."""
    if isinstance(operation, NEEDS_NOTHING):
        return ""
    if isinstance(operation, migrations.AddField):
        field = operation.field
        free = field.null or field.many_to_many or field.has_db_default()
        return "" if free else "the running release does not fill it: make it null or give it a `db_default`"
    if isinstance(operation, migrations.AlterField):
        former = state.models[label, operation.model_name_lower].fields[operation.name_lower]
        return "" if widens(former, operation.field) else f"it narrows or rewrites a column; {LATER}"
    if isinstance(operation, migrations.AddIndex):
        return "it locks the table against writing: `AddIndexConcurrently`, and `atomic = False`"
    if isinstance(operation, migrations.AddConstraint):
        return "the running release may break it, and it locks: `AddConstraintNotValid`, validated later"
    if isinstance(operation, migrations.RunSQL | migrations.RunPython):
        return "it may do anything: say in `contract` why the running release does not mind"
    return f"the running release may still use what it takes away; {LATER}"


def widens(former: models.Field, field: models.Field) -> bool:
    """Whether everything the former column could hold, the new one holds, and its table is not rewritten."""
    if field.null < former.null or type(field) is not type(former) or field.unique > former.unique:
        return False
    if former.has_db_default() and not field.has_db_default():
        return False
    return former.max_length is None or (field.max_length is not None and field.max_length >= former.max_length)


def test_T84_no_migration_takes_from_the_running_release_what_it_uses() -> None:
    loader = MigrationLoader(None)
    found = [
        complaint
        for (label, name), migration in sorted(loader.disk_migrations.items())
        if migration.__module__.startswith("educonnect.") and not name.startswith("0001_")
        for complaint in complaints(migration, loader.project_state((label, name), at_end=False))
    ]

    assert found == []


def a_state() -> ProjectState:
    state = ProjectState()
    fields = [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20, db_default=""))]
    migrations.CreateModel("School", fields).state_forwards("schools", state)
    return state


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("school", "name"),
        migrations.RenameField("school", "name", "label"),
        migrations.DeleteModel("School"),
        migrations.RenameModel("School", "Place"),
        migrations.AlterModelTable("School", "place"),
        migrations.AddField("school", "town", models.CharField(max_length=20)),
        migrations.AlterField("school", "name", models.CharField(max_length=10, db_default="")),
        migrations.AlterField("school", "name", models.CharField(max_length=20)),
        migrations.AlterField("school", "name", models.TextField(db_default="")),
        migrations.AlterField("school", "name", models.CharField(max_length=20, unique=True, db_default="")),
        migrations.AddIndex("school", models.Index(fields=["name"], name="by_name")),
        migrations.AddConstraint("school", models.UniqueConstraint(fields=["name"], name="one_name")),
        migrations.RunSQL("SELECT 1"),
    ],
    ids=lambda operation: operation.describe(),
)
def test_T84_what_would_break_it_is_refused_unless_marked_as_contraction(operation: Operation) -> None:
    migration = migrations.Migration("0002_later", "schools")
    migration.operations = [operation]

    refused = list(complaints(migration, a_state()))
    migration.contract = "nothing has read it since 0.1"  # type: ignore[attr-defined]

    assert len(refused) == 1
    assert list(complaints(migration, a_state())) == []


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("school", "town", models.CharField(max_length=20, null=True)),
        migrations.AddField("school", "town", models.CharField(max_length=20, db_default="")),
        migrations.AlterField("school", "name", models.CharField(max_length=40, db_default="")),
        migrations.AlterField("school", "name", models.CharField(max_length=20, choices=[("a", "b")], db_default="")),
        AddIndexConcurrently("school", models.Index(fields=["name"], name="by_name")),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_only_adds_passes(operation: Operation) -> None:
    migration = migrations.Migration("0002_later", "schools")
    migration.operations = [operation]

    assert list(complaints(migration, a_state())) == []
