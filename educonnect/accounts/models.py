"""An account and what opens it."""

from django.db import models
from django.db.models import Case, F, GeneratedField, Q, Value, When
from django.db.models.functions import Lower

from educonnect.population.models import Guardian, Pupil


class Kind(models.TextChoices):
    PUPIL = "pupil", "élève"
    GUARDIAN = "guardian", "responsable"


class Stage(models.TextChoices):
    """The three buckets of the statistics; what expires or locks is told by `states.state_of`."""

    OPENED = "opened", "Non notifié"
    NOTIFIED = "notified", "Notifié non activé"
    ACTIVATED = "activated", "Activé"


class Account(models.Model):
    """The one account of a person, kept for the whole schooling."""

    kind = models.CharField(max_length=8, choices=Kind.choices)
    pupil = models.OneToOneField(Pupil, on_delete=models.PROTECT, null=True, related_name="account")
    guardian = models.OneToOneField(Guardian, on_delete=models.PROTECT, null=True, related_name="account")
    username = models.CharField(max_length=64, unique=True)
    educonnect_id = models.CharField(max_length=96, unique=True, help_text="FrEduCtId: 96 lower-case hex")
    password = models.CharField(max_length=255, blank=True, help_text="Argon2id of the holder's own password")

    opened_at = models.DateTimeField()
    notified_at = models.DateTimeField(null=True)
    activated_at = models.DateTimeField(null=True)
    reset_at = models.DateTimeField(null=True, help_text="the school reset it: only a provisional password opens it")
    locked_at = models.DateTimeField(null=True)
    locked_until = models.DateTimeField(null=True, help_text="empty while locked: until the school unlocks")
    closed_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, related_name="merged", help_text="the account that replaced it"
    )

    password_changed_at = models.DateTimeField(null=True)
    terms_accepted_at = models.DateTimeField(null=True)
    email = models.CharField(max_length=254, blank=True, help_text="confirmed address")
    email_confirmed_at = models.DateTimeField(null=True)
    email_to_confirm = models.CharField(max_length=254, blank=True)
    last_signed_in_at = models.DateTimeField(null=True)
    failures_since_sign_in = models.PositiveIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0, help_text="raised to end every session at once")

    stage = GeneratedField(
        expression=Case(
            When(activated_at__isnull=False, then=Value("activated")),
            When(notified_at__isnull=False, then=Value("notified")),
            default=Value("opened"),
        ),
        output_field=models.CharField(max_length=9, choices=Stage.choices),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="pupil", pupil__isnull=False, guardian__isnull=True)
                | Q(kind="guardian", pupil__isnull=True, guardian__isnull=False),
                name="accounts_account_has_one_holder",
            ),
            models.CheckConstraint(
                condition=Q(activated_at__isnull=True) | ~Q(password="") | Q(reset_at__isnull=False),
                name="accounts_activated_has_a_password",
            ),
        ]
        indexes = [
            models.Index(F("stage"), F("id"), name="accounts_account_by_stage"),
            models.Index(
                Lower("email"), name="accounts_account_by_email", condition=Q(email_confirmed_at__isnull=False)
            ),
        ]


class Purpose(models.TextChoices):
    ACTIVATION = "activation"
    RESET = "reset"


class ProvisionalPassword(models.Model):
    """The secret of a letter: a keyed digest only, one for an account, dead at its limit date."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="provisional")
    digest = models.CharField(max_length=64)
    pepper_version = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    batch = models.CharField(max_length=40, blank=True, help_text="what issued it, such as campaign:7")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class LinkPurpose(models.TextChoices):
    CONFIRM_EMAIL = "confirm-email"
    RESET_PASSWORD = "reset-password"


class OneTimeLink(models.Model):
    """A link sent by e-mail: digest only, one use, dead at its limit."""

    digest = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    purpose = models.CharField(max_length=20, choices=LinkPurpose.choices)
    email = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Forgotten(models.TextChoices):
    PASSWORD = "password"
    USERNAME = "username"


class ForgottenRequest(models.Model):
    """« Mot de passe oublié », « Identifiant oublié »: what was typed, until a worker has looked at it."""

    what = models.CharField(max_length=8, choices=Forgotten.choices)
    sealed = models.BinaryField(help_text="what was typed and from which browser, encrypted")
    asked_at = models.DateTimeField()


class UsernameStem(models.Model):
    """How many usernames share a stem (`e.durand`): the next number, allotted under the row's lock."""

    stem = models.CharField(max_length=60, primary_key=True)
    allotted = models.PositiveIntegerField()
