"""History of imports."""

from django.db import models

from educonnect.schools.models import School


class Run(models.Model):
    """One group (a school and a year) that was applied, or refused."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, null=True)
    year = models.PositiveSmallIntegerField(null=True)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=20)
    counts = models.JSONField(default=dict)
