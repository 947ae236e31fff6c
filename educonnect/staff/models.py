"""The people who work in schools, académies and the ministry, and what proves who they are."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Staff(models.Model):
    """A person of the staff. What they may do stands elsewhere (`delegation`): alone, this row opens nothing."""

    first_name = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=60, blank=True)
    email = models.CharField(max_length=254, blank=True, help_text="professional address: invitations, notices, alerts")
    email_reached_at = models.DateTimeField(
        null=True, help_text="an invitation sent there was followed: what an upstream says does not replace it"
    )
    issuer = models.CharField(max_length=200, blank=True, help_text="OpenID issuer that signs them in; empty: local")
    subject = models.CharField(max_length=255, blank=True, help_text="their sub there; empty: local, or not come yet")
    password = models.CharField(max_length=255, blank=True, help_text="Argon2id, of local accounts only")
    password_changed_at = models.DateTimeField(null=True)
    base_key = models.CharField(
        max_length=60, null=True, unique=True, help_text="number in the base that names them, STS: it lets nobody in"
    )
    created_at = models.DateTimeField()
    last_signed_in_at = models.DateTimeField(null=True)
    failures_since_sign_in = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)
    epoch = models.PositiveIntegerField(default=0, help_text="raised to end every session at once")
    factors_forgotten_at = models.DateTimeField(
        null=True, help_text="every second factor was taken away: an invitation used since opens the first of the next"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"], name="staff_once_an_issuer", condition=~Q(subject="")
            ),
            models.UniqueConstraint(Lower("email"), name="staff_local_email_once", condition=~Q(password="")),
            models.CheckConstraint(
                condition=Q(password="") | Q(issuer="", subject=""), name="staff_is_local_or_comes_from_elsewhere"
            ),
        ]
        indexes = [models.Index(Lower("email"), name="staff_by_email")]

    def __str__(self) -> str:
        return f"staff:{self.pk}"

    @property
    def address_is_theirs(self) -> bool:
        """Whether somebody who knew them wrote the address, or its mailbox was reached: what an upstream says of it is
        no proof, and names nobody (decision 0124)."""
        return self.subject == "" or self.email_reached_at is not None


class Passkey(models.Model):
    """A WebAuthn credential: a second factor that a copied page cannot ask for."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(unique=True)
    public_key = models.BinaryField(help_text="COSE")
    sign_count = models.PositiveBigIntegerField(default=0)
    transports = models.JSONField(default=list)
    synced = models.BooleanField(default=False, help_text="backed up by its maker, hence on several devices")
    label = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)


class Totp(models.Model):
    """An authenticator application (RFC 6238), with the last step it was used at: no code serves twice."""

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, related_name="totp")
    sealed = models.BinaryField(help_text="the shared secret, encrypted")
    confirmed_at = models.DateTimeField(null=True, help_text="empty until a first right code")
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """One of the printed codes: a keyed digest, one use."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    pepper_version = models.PositiveSmallIntegerField(db_default=1)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class PasswordLink(models.Model):
    """A link by which somebody who forgot their password chooses another; used, it goes."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="password_links")
    digest = models.CharField(max_length=64, unique=True)
    email = models.CharField(max_length=254, help_text="where it was sent; another address in force voids it")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class ForgottenPassword(models.Model):
    """« Mot de passe oublié »: what was typed, until a worker has looked at it."""

    sealed = models.BinaryField(help_text="what was typed and from which browser, encrypted")
    asked_at = models.DateTimeField()
