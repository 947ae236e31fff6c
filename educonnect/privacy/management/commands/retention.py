from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.delegation.mandate import operator_mandate
from educonnect.privacy import retention


class Command(BaseCommand):
    help = _("dit ce que les durées de conservation effaceraient (preview), ou l’efface (apply)")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("gesture", choices=("preview", "apply"), metavar="preview|apply")

    def handle(self, *args: object, gesture: str, **options: object) -> None:
        now = timezone.now()
        if gesture == "preview":
            for key, seen in retention.preview(now=now).items():
                self._line(key, seen.count, ", ".join(map(str, seen.sample)))
        else:
            for key, count in retention.apply(now=now, actor=operator_mandate().actor).items():
                self._line(key, count)

    def _line(self, key: str, count: int, sample: str = "") -> None:
        line = _("%(rule)s (%(label)s) : %(count)d") % {
            "rule": key,
            "label": retention.PROCEDURES[key].label,
            "count": count,
        }
        self.stdout.write(line + (_(", dont n° %(sample)s") % {"sample": sample} if sample else ""))
