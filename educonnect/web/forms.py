"""What every form of ours shares."""

from typing import Any

from django import forms


class Form(forms.Form):
    """No colon after labels, and the reference of the refusal that came back, for the help desk."""

    reference = ""
    status = 200
    school_helps = False

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("label_suffix", "")
        super().__init__(*args, **options)
