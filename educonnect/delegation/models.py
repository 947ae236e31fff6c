"""Posts, which come with the function; delegations, which a head or an académie gives; suspensions, which stop both."""

from django.db import models
from django.db.models import Q

from educonnect.schools.models import Division, School
from educonnect.staff.models import Staff


class Function(models.TextChoices):
    """What a person is there for. Only these words give rights; any other function of a school is `OTHER`."""

    HEAD = "head", "chef d’établissement"
    DEPUTY = "deputy", "adjoint au chef d’établissement"
    PRIMARY_HEAD = "primary-head", "directeur d’école"
    OTHER = "other", "personnel de l’établissement"
    ACADEMIE = "academie", "académie"
    NATION = "nation", "équipe nationale"


class Source(models.TextChoices):
    """Who says that somebody holds a post."""

    HUB = "hub", "guichet de l’académie"
    STS = "sts", "export STS de l’établissement"
    FILE = "file", "fichier de l’académie ou du ministère"
    OPERATOR = "operator", "exploitant"


class Post(models.Model):
    """A function somewhere, while it lasts."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="posts")
    function = models.CharField(max_length=12, choices=Function.choices)
    title = models.CharField(max_length=60, blank=True, help_text="the function in its source's words, such as ENS")
    school = models.ForeignKey(School, on_delete=models.CASCADE, null=True, related_name="posts")
    academie = models.CharField(max_length=2, blank=True, help_text="of a post of an académie")
    source = models.CharField(max_length=8, choices=Source.choices)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, help_text="last day")
    ended_at = models.DateTimeField(null=True, help_text="its source no longer names it")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(function="nation", school__isnull=True, academie="")
                | (Q(function="academie", school__isnull=True) & ~Q(academie=""))
                | (~Q(function__in=("nation", "academie")) & Q(school__isnull=False, academie="")),
                name="delegation_post_is_somewhere",
            ),
            models.UniqueConstraint(
                fields=["staff", "function", "school", "academie", "source"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="delegation_post_held_once",
            ),
        ]
        indexes = [
            models.Index(fields=["school", "function"], name="delegation_post_by_school"),
            models.Index(fields=["academie"], name="delegation_post_above", condition=Q(school__isnull=True)),
        ]


class GivenAs(models.TextChoices):
    """In which quality a right was given."""

    HEAD = "head", "chef d’établissement"  # a delegation: it cannot be passed on
    ACADEMIE = "academie", "académie"  # to a head who has none by default, who may then delegate; or a delegation
    HUB = "hub", "guichet de l’académie (DELEG-CE)"


class Delegation(models.Model):
    """A right given to one person, for a school or some of its classes, between two dates."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="delegations")
    right = models.CharField(max_length=16)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="delegations")
    whole_school = models.BooleanField(help_text="else the divisions named, and no other, be there none left")
    divisions = models.ManyToManyField(Division, related_name="delegations")
    as_head = models.BooleanField(default=False, help_text="given by the académie to the head of a private school")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="last day")
    given_as = models.CharField(max_length=8, choices=GivenAs.choices)
    given_by = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, related_name="given")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=80, blank=True, help_text="as the journal writes who acts")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(right__in=("administration", "depannage")), name="delegation_of_a_right_of_schools"
            ),
            models.CheckConstraint(condition=~Q(staff=models.F("given_by")), name="delegation_never_to_oneself"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="delegation_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(as_head=False) | Q(whole_school=True, given_as="academie"),
                name="delegation_to_a_head_is_the_academies",
            ),
        ]
        indexes = [
            models.Index(fields=["school", "-given_at"], name="delegation_by_school"),
            models.Index(
                fields=["school", "ends_on"], name="delegation_standing", condition=Q(withdrawn_at__isnull=True)
            ),
            models.Index(fields=["school"], name="delegation_to_heads", condition=Q(as_head=True)),
        ]


class Invitation(models.Model):
    """A link sent to a professional address: whoever comes through it is bound to the person invited."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], name="delegation_invited", condition=Q(used_at__isnull=True)),
        ]


class Suspension(models.Model):
    """What a person may do in a school, an académie or anywhere stops at once, until it is lifted."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="suspensions")
    school = models.ForeignKey(School, on_delete=models.CASCADE, null=True, help_text="empty: see académie")
    academie = models.CharField(max_length=2, blank=True, help_text="both empty: everywhere")
    by = models.CharField(max_length=80, help_text="as the journal writes who acts")
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["staff"], name="delegation_suspended", condition=Q(lifted_at__isnull=True)),
        ]
