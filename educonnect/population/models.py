"""The roll: pupils, guardians, who is responsible for whom, who is enrolled where."""

from django.db import models
from django.db.models import Q

from educonnect.schools.models import Division, School


class Sex(models.TextChoices):
    MALE = "1"
    FEMALE = "2"
    UNKNOWN = ""


class Pupil(models.Model):
    """A pupil of the nation, one row whatever the school; keyed by INE."""

    ine = models.CharField(max_length=11, unique=True)
    former_ine = models.CharField(max_length=11, blank=True)
    first_ine = models.CharField(max_length=11, help_text="first number known to us: services' INE hash is made of it")
    family_name = models.CharField(max_length=100, help_text="birth name: the identity that is certified")
    used_name = models.CharField(max_length=100, blank=True)
    first_name = models.CharField(max_length=100)
    other_names = models.CharField(max_length=200, blank=True)
    birthdate = models.DateField()
    sex = models.CharField(max_length=1, choices=Sex.choices, blank=True)
    birth_commune = models.CharField(max_length=5, blank=True)
    birth_country = models.CharField(max_length=5, blank=True)
    folded = models.CharField(max_length=310, db_index=True, help_text="names for search: lower case, no accents")
    deceased = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["former_ine"], condition=~Q(former_ine=""), name="population_pupil_former_ine"),
            models.Index(fields=["id"], condition=Q(deceased=True), name="population_pupil_deceased"),
        ]


class Enrolment(models.Model):
    """A pupil in a school for one school year. It ends; it is never deleted by an import."""

    pupil = models.ForeignKey(Pupil, on_delete=models.CASCADE, related_name="enrolments")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="enrolments")
    year = models.PositiveSmallIntegerField()
    division = models.ForeignKey(Division, on_delete=models.SET_NULL, null=True, related_name="enrolments")
    mef = models.CharField(max_length=11, blank=True)
    level = models.CharField(max_length=4, blank=True, help_text="MEFSTAT4")
    source_id = models.BigIntegerField(help_text="ELEVE_ID in the academic base")
    started_on = models.DateField(null=True)
    leaves_on = models.DateField(null=True, help_text="DATE_SORTIE, past or future")
    leaving_reason = models.CharField(max_length=2, blank=True)
    ended_at = models.DateTimeField(null=True, help_text="left, or absent from a full export")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pupil", "school", "year"], name="population_enrolment_once_a_year"),
        ]
        indexes = [
            models.Index(
                fields=["school", "year", "division"],
                condition=Q(ended_at__isnull=True),
                name="population_enrolment_current",
            ),
            models.Index(
                fields=["leaves_on"],
                condition=Q(ended_at__isnull=True, leaves_on__isnull=False),
                name="population_enrolment_leaving",
            ),
        ]


class Guardian(models.Model):
    """An adult a school base names as responsible for a pupil."""

    civility = models.CharField(max_length=5, blank=True, help_text="M. or Mme")
    family_name = models.CharField(max_length=100)
    used_name = models.CharField(max_length=100, blank=True)
    first_name = models.CharField(max_length=100)
    mobile = models.CharField(max_length=20, blank=True, help_text="E.164 where it could be parsed, else as given")
    email = models.CharField(max_length=254, blank=True, help_text="as the school gave it, lower case; not confirmed")
    folded = models.CharField(max_length=310, db_index=True)
    identity = models.CharField(max_length=210, blank=True, help_text="folded birth name | folded first name")
    merged_into = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, related_name="merged", help_text="who this record turned out to be"
    )

    class Meta:
        indexes = [
            models.Index(fields=["mobile", "identity"], condition=~Q(mobile=""), name="population_guardian_mobile"),
            models.Index(fields=["email", "identity"], condition=~Q(email=""), name="population_guardian_email"),
        ]


class GuardianSource(models.Model):
    """The number one academic base gives to a guardian (PERSONNE_ID); a guardian may have many."""

    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="sources")
    si_instance = models.CharField(max_length=2)
    source_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["si_instance", "source_id"], name="population_guardian_source_once"),
        ]


class Level(models.IntegerChoices):
    """Niveau de responsabilité since 2018; RESP_LEGAL 1 and 2 of older exports both mean LEGAL."""

    LEGAL = 1
    IN_CHARGE = 2
    CONTACT = 3


class Guardianship(models.Model):
    """That a guardian answers for a pupil, as a school base says it."""

    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="guardianships")
    pupil = models.ForeignKey(Pupil, on_delete=models.CASCADE, related_name="guardianships")
    school = models.ForeignKey(School, on_delete=models.PROTECT, help_text="whose base says so")
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    kinship = models.CharField(max_length=2, blank=True, help_text="CODE_PARENTE")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guardian", "pupil", "school"], name="population_guardianship_once"),
        ]
        indexes = [
            models.Index(fields=["pupil"], condition=Q(ended_at__isnull=True), name="population_guardianship_now"),
        ]


class ReportOutcome(models.TextChoices):
    """What became of « je ne suis pas le représentant légal de cet élève ». OPEN is the school's queue."""

    OPEN = "open", "À traiter"
    CONFIRMED = "confirmed", "Lien retiré"
    DISMISSED = "dismissed", "Lien maintenu"
    CURED = "cured", "Corrigé dans la base"
    LEFT = "left", "Élève parti"


class GuardianshipReport(models.Model):
    """That a guardian said not to answer for a pupil, and what the school whose base says so made of it.

    While it is open, once it is confirmed, and after the pupil left, no import brings the link back (decision 0085).
    """

    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="reports")
    pupil = models.ForeignKey(Pupil, on_delete=models.CASCADE, related_name="reports")
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    reported_at = models.DateTimeField()
    outcome = models.CharField(max_length=9, choices=ReportOutcome.choices, default=ReportOutcome.OPEN)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guardian", "pupil", "school"], name="population_report_once"),
        ]
        indexes = [
            models.Index(fields=["school", "reported_at"], condition=Q(outcome="open"), name="population_report_queue"),
        ]


class Snapshot(models.Model):
    """The last export applied for a school, a year and a kind of file: older ones are refused."""

    school = models.ForeignKey(School, on_delete=models.CASCADE)
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    exported_at = models.DateTimeField(help_text="HORODATAGE")
    digest = models.CharField(max_length=64)
    applied_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "year", "kind"], name="population_snapshot_last_only"),
        ]


class Quarantine(models.Model):
    """A record of a school base that cannot become a pupil yet (« INE en attente »)."""

    school = models.ForeignKey(School, on_delete=models.CASCADE)
    year = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    reason = models.CharField(max_length=30)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "year", "source_id"], name="population_quarantine_once"),
        ]
