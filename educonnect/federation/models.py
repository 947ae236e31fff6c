"""Service providers and what each was told."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from educonnect.accounts.models import Account


class Protocol(models.TextChoices):
    SAML = "saml"
    OIDC = "oidc"
    CAS = "cas"


class Provider(models.Model):
    """A service that may ask who somebody is, and what it may learn."""

    identifier = models.CharField(max_length=500, unique=True, help_text="entityID, client_id or service URL")
    protocol = models.CharField(max_length=4, choices=Protocol.choices)
    name = models.CharField(max_length=120, help_text="as people see it: « pour continuer vers … »")
    home = models.CharField(max_length=500, blank=True)
    attributes = ArrayField(models.CharField(max_length=60), default=list, help_text="catalogue keys, no more")
    guardian_attributes = ArrayField(
        models.CharField(max_length=60), null=True, help_text="a shorter list for guardians; null: the same list"
    )
    populations = ArrayField(models.CharField(max_length=8), default=list, help_text="account kinds let in")
    national = models.BooleanField(default=False, help_text="receives FrEduCtId instead of a pairwise subject")
    sector = models.CharField(
        max_length=500, blank=True, help_text="providers of one sector share a pairwise subject; empty: its own"
    )
    certifies_identity = models.BooleanField(default=False, help_text="asks « Continuer en tant que » first")
    metadata = models.TextField(blank=True)
    options = models.JSONField(default=dict)
    added_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="what a process has parsed of this row is valid for this date only")
    suspended_at = models.DateTimeField(null=True)


class Release(models.Model):
    """That a provider received these attributes of a person, and when: « qui a reçu quoi »."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE)
    at = models.DateTimeField()
    attributes = ArrayField(models.CharField(max_length=60))

    class Meta:
        indexes = [models.Index(fields=["account", "-at"], name="federation_release_by_account")]
