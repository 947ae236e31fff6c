"""What the SAML wing must remember: the requests it has seen."""

from django.db import models

from educonnect.federation.models import Provider


class SeenRequest(models.Model):
    """An AuthnRequest ID, refused a second time."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE)
    request_id = models.CharField(max_length=256)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "request_id"], name="saml_request_seen_once")]
