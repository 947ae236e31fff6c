"""The browser's session, the request that waits for it, and who took part in it."""

from django.db import models

from educonnect.accounts.models import Account
from educonnect.federation.models import Provider
from educonnect.staff.models import Staff


class SessionStage(models.TextChoices):
    OPEN = "open"
    ACTIVATION = "activation"  # a right provisional password, nothing more: opens the activation screens only
    NEW_PASSWORD = "new-password"  # reset by the school: own password to choose first


class Waiting(models.Model):
    """A provider's request waiting for somebody to sign in: bound to one browser, then to one account."""

    id = models.CharField(max_length=22, primary_key=True)
    browser = models.CharField(max_length=64, blank=True, help_text="digest of the browser's cookie; empty until seen")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE)
    protocol = models.CharField(max_length=4)
    request = models.JSONField()
    began_as = models.ForeignKey(Account, on_delete=models.CASCADE, null=True)
    confirmed_by = models.UUIDField(null=True, help_text="sid of the session that said « Continuer en tant que »")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = (models.Index(fields=["browser"], name="sessions_waiting_browser"),)


class Session(models.Model):
    """One browser signed in. The cookie holds a secret; only its digest is kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    sid = models.UUIDField(unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    epoch = models.PositiveIntegerField()
    stage = models.CharField(max_length=12, choices=SessionStage.choices)
    method = models.CharField(max_length=20)
    shared = models.BooleanField(default=False)
    device = models.CharField(max_length=120, blank=True)
    authenticated_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True, help_text="absolute limit")
    waiting = models.ForeignKey(Waiting, on_delete=models.SET_NULL, null=True)
    draft = models.JSONField(
        default=dict, help_text="an activation’s progress, never a clear password; then what to tell of former sign-ins"
    )


class Participation(models.Model):
    """A provider that shares a session, told when it ends."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE)
    session_index = models.CharField(max_length=64)
    subject = models.CharField(max_length=256)
    name_id = models.CharField(
        max_length=10, db_default="persistent", help_text="what kind of subject, in its protocol"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["session", "provider"], name="sessions_participation_once"),
            models.CheckConstraint(condition=~models.Q(subject=""), name="sessions_participation_has_a_subject"),
        )
        indexes = (models.Index(fields=["provider", "subject"], name="sessions_participation_named"),)


class Departure(models.Model):
    """Somebody who leaves: the session is over, and its services are told one by one in one browser."""

    id = models.CharField(max_length=22, primary_key=True)
    browser = models.CharField(max_length=64, blank=True, help_text="digest of the browser's cookie; empty until seen")
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    asked_by = models.ForeignKey(Provider, on_delete=models.CASCADE, null=True, help_text="answered at the end")
    asked = models.JSONField(default=dict, help_text="what its wing needs to answer")
    back = models.TextField(blank=True, help_text="where the browser goes at the end, at a provider's own site")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)


class FarewellState(models.TextChoices):
    WAITING = "waiting"  # not told yet, or told and not back
    DONE = "done"
    FAILED = "failed"  # the service said that it could not
    SILENT = "silent"  # the person went on without an answer
    UNTOLD = "untold"  # the service has no address for it


class Farewell(models.Model):
    """What one service must be told, and what became of it."""

    departure = models.ForeignKey(Departure, on_delete=models.CASCADE)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE)
    session_index = models.CharField(max_length=64)
    subject = models.CharField(max_length=256)
    name_id = models.CharField(max_length=10)
    number = models.CharField(max_length=64, unique=True, help_text="the ID of the message, which its answer names")
    state = models.CharField(max_length=8, choices=FarewellState.choices)


class StaffStage(models.TextChoices):
    OPEN = "open"
    SECOND_FACTOR = "second-factor"  # a right first factor, nothing more: opens the screens of the second only


class StaffSession(models.Model):
    """One browser of a member of the staff: another cookie and other limits than a pupil's or a guardian's."""

    digest = models.CharField(max_length=64, primary_key=True)
    sid = models.UUIDField(unique=True)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    epoch = models.PositiveIntegerField()
    stage = models.CharField(max_length=16, choices=StaffStage.choices)
    first = models.CharField(max_length=20)
    second = models.CharField(max_length=20, blank=True)
    device = models.CharField(max_length=120, blank=True)
    authenticated_at = models.DateTimeField()
    proved_at = models.DateTimeField(help_text="the last time they proved who they are, at sign-in or since")
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True, help_text="absolute limit")
    draft = models.JSONField(default=dict, help_text="challenges, a factor being added, former sign-ins to tell")
    upstream = models.JSONField(default=dict, help_text="what its sign-out asks: issuer and sealed id_token")
