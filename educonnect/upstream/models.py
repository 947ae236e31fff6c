"""Sign-ins that have left for an upstream and are not back yet."""

from django.db import models


class Attempt(models.Model):
    """One sign-in under way: good for one return, in one browser, from one upstream."""

    digest = models.CharField(max_length=64, primary_key=True, help_text="of the state")
    browser = models.CharField(max_length=64, help_text="digest of the browser's number")
    upstream = models.CharField(max_length=40)
    sealed = models.BinaryField(help_text="nonce, PKCE verifier, invitation: of no use once the row is gone")
    onward = models.CharField(max_length=300, blank=True, help_text="the page of ours that was asked for")
    proving = models.UUIDField(null=True, help_text="the session in which somebody proves again who they are")
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
