"""What every form of ours shares."""

from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict


class Form(forms.Form):
    """No colon after labels, and the reference of the refusal that came back, for the help desk."""

    reference = ""
    status = 200
    school_helps = False
    over = False

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("label_suffix", "")
        super().__init__(*args, **options)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: what was sent, be it nothing; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None
