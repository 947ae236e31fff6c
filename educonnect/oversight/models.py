"""What those who answer for a place are told of: too much of something, by somebody, in an hour."""

from django.db import models

from educonnect.schools.models import School
from educonnect.staff.models import Staff


class Alert(models.Model):
    """Somebody did in an hour more of something than their work explains; until somebody else has seen to it."""

    cause = models.CharField(max_length=10, help_text="of `rules.Cause`")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="alerts")
    school = models.ForeignKey(School, on_delete=models.CASCADE, null=True, help_text="empty: see académie")
    academie = models.CharField(max_length=2, blank=True, help_text="of the school too; both empty: the nation")
    count = models.PositiveIntegerField(help_text="how many, by then and since")
    raised_at = models.DateTimeField(db_index=True)
    last_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=80, blank=True, help_text="as the journal writes who acts")

    class Meta:
        indexes = [
            models.Index(fields=["school", "-raised_at"], name="oversight_alert_by_school"),
            models.Index(fields=["academie", "-raised_at"], name="oversight_alert_by_academie"),
            models.Index(fields=["staff", "cause", "-raised_at"], name="oversight_alert_of_staff"),
        ]
