"""Schools, their divisions and their settings."""

from django.db import models


class Sector(models.TextChoices):
    PUBLIC = "PU", "public"
    PRIVATE = "PR", "privé"
    UNKNOWN = "", "non précisé"


class School(models.Model):
    """A school of the first or second degree, keyed by its UAI."""

    uai = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, blank=True, help_text="CODE_TYPE_ETAB: CLG, LYC, LP, EREA, ECOLE…")
    sector = models.CharField(max_length=2, choices=Sector.choices, blank=True)
    degree = models.PositiveSmallIntegerField(default=2)
    departement = models.CharField(max_length=3)
    academie = models.CharField(max_length=2, db_index=True)
    si_instance = models.CharField(max_length=2, help_text="information-system instance; differs in Normandie (05, 21)")
    town = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    head_title = models.CharField(max_length=60, blank=True)
    opens_first_degree_pupils = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(degree__in=(1, 2)), name="schools_school_degree_is_1_or_2"),
        ]

    def __str__(self) -> str:
        return self.uai


class Division(models.Model):
    """A class of a school for one school year (the year of its September)."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="divisions")
    year = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=8)
    label = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "year", "code"], name="schools_division_once_a_year"),
        ]

    def __str__(self) -> str:
        return self.code


class Mef(models.Model):
    """A course (module élémentaire de formation) as the school's nomenclature named it."""

    code = models.CharField(max_length=11, primary_key=True)
    label = models.CharField(max_length=60, blank=True)
    level = models.CharField(max_length=4, blank=True, help_text="MEFSTAT4")
    attached_to = models.CharField(max_length=11, blank=True)


class Audience(models.TextChoices):
    PUPILS = "pupils", "élèves"
    GUARDIANS = "guardians", "responsables"


class PortalAddress(models.Model):
    """The web address printed in a school's letters; printed only once verified."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="portal_addresses")
    audience = models.CharField(max_length=10, choices=Audience.choices)
    url = models.CharField(max_length=300)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "audience"], name="schools_portal_one_an_audience"),
        ]
