"""The fields of our forms: the right keyboard, the right autocomplete token, French errors that say the cure."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: Longer than any passphrase; a bound on what is hashed, never a truncation.
LONGEST_PASSWORD = 1024
OLDEST_YEAR = 1900


class Username(forms.CharField):
    """An EduConnect username: case and surrounding spaces do not matter."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Identifiant"))
        options.setdefault("error_messages", {"required": _("Écrivez votre identifiant.")})
        super().__init__(
            max_length=64,
            widget=forms.TextInput(
                attrs={
                    "class": "input",
                    "autocomplete": "username",
                    "autocapitalize": "none",
                    "autocorrect": "off",
                    "spellcheck": "false",
                }
            ),
            **options,
        )

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").strip().lower()


class Password(forms.CharField):
    """A password: hidden, may be shown, may be pasted; never sent back to the page.

    Args:
        least: the number of characters from which it is long enough; shows a meter when given.
    """

    def __init__(self, *, autocomplete: str, least: int = 0, **options: Any) -> None:
        self.least = least
        options.setdefault("label", _("Mot de passe"))
        options.setdefault("error_messages", {"required": _("Écrivez votre mot de passe.")})
        super().__init__(
            strip=False,
            widget=forms.PasswordInput(
                attrs={
                    "class": "input",
                    "autocomplete": autocomplete,
                    "autocapitalize": "none",
                    "autocorrect": "off",
                    "spellcheck": "false",
                }
            ),
            **options,
        )
        self.validators.append(
            MaxLengthValidator(LONGEST_PASSWORD, _("Ce mot de passe est trop long : 1 024 caractères au plus."))
        )


class Email(forms.EmailField):
    """An e-mail address, the reader's own unless told otherwise."""

    def __init__(self, *, autocomplete: str = "email", **options: Any) -> None:
        options.setdefault("label", _("Adresse e-mail"))
        options.setdefault(
            "error_messages",
            {
                "required": _("Écrivez votre adresse e-mail."),
                "invalid": _("Cette adresse e-mail n’est pas complète. Vérifiez le signe @ et la fin de l’adresse."),
            },
        )
        super().__init__(
            max_length=254,
            widget=forms.EmailInput(attrs={"class": "input", "autocomplete": autocomplete, "spellcheck": "false"}),
            **options,
        )


class Name(forms.CharField):
    """A name or a first name of somebody else."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=60,
            widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off", "spellcheck": "false"}),
            **options,
        )


class Tick(forms.BooleanField):
    """A box to tick."""


class DateInThree(forms.MultiWidget):
    """Day, month, year: three short fields, each with its label."""

    template_name = "ui/widgets/date.html"
    use_fieldset = True
    labels = (_("Jour"), _("Mois"), _("Année"))

    def __init__(self, *, own: bool) -> None:
        def part(name: str, length: int) -> forms.TextInput:
            return forms.TextInput(
                attrs={
                    "class": "input",
                    "inputmode": "numeric",
                    "autocomplete": f"bday-{name}" if own else "off",
                    "maxlength": str(length),
                }
            )

        super().__init__({"jour": part("day", 2), "mois": part("month", 2), "annee": part("year", 4)})

    def decompress(self, value: date | None) -> list[Any]:
        return [value.day, value.month, value.year] if value else ["", "", ""]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        for subwidget, label in zip(context["widget"]["subwidgets"], self.labels, strict=True):
            subwidget["label"] = label
        return context


class Day(forms.MultiValueField):
    """A day in three fields, past or to come; the page keeps what was typed.

    Args:
        own: whether it is a birth date of the reader's own, which a browser may fill.
    """

    messages = {
        "required": _("Écrivez le jour, le mois et l’année."),
        "invalid": _("Cette date n’existe pas. Vérifiez le jour, le mois et l’année."),
        "year": _("Écrivez l’année avec quatre chiffres. Exemple : 2009"),
    }

    def __init__(self, *, own: bool = False, **options: Any) -> None:
        super().__init__(
            fields=(forms.CharField(), forms.CharField(), forms.CharField()),
            widget=DateInThree(own=own),
            error_messages=self.messages,
            **options,
        )

    def compress(self, data_list: list[str]) -> date | None:
        if not data_list:
            return None
        try:
            day, month, year = (int(part) for part in data_list)
        except ValueError:
            raise self._refused("invalid") from None
        if year < OLDEST_YEAR:
            raise self._refused("year")
        try:
            return date(year, month, day)
        except (ValueError, OverflowError):
            raise self._refused("invalid") from None

    def _refused(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)


class Birthdate(Day):
    """A date of birth: the reader's own (a browser may then fill it), or a child's."""

    messages = Day.messages | {
        "required": _("Écrivez la date de naissance : le jour, le mois et l’année."),
        "future": _("Cette date est dans le futur. Vérifiez l’année."),
    }

    def __init__(self, *, own: bool = True, **options: Any) -> None:
        options.setdefault("label", _("Date de naissance"))
        options.setdefault("help_text", _("Exemple : 14 5 2009"))
        super().__init__(own=own, **options)

    def compress(self, data_list: list[str]) -> date | None:
        typed = super().compress(data_list)
        if typed is not None and typed > timezone.localdate():
            raise self._refused("future")
        return typed


class OneOption(forms.RadioSelect):
    """Round buttons, each with its words."""

    template_name = "ui/widgets/options.html"
    use_fieldset = True


class SeveralOptions(forms.CheckboxSelectMultiple):
    """Boxes to tick, in groups where their choices are."""

    template_name = "ui/widgets/options.html"
    use_fieldset = True


class OneOf(forms.ChoiceField):
    """One of several things, all of them in sight."""

    widget = OneOption


class SomeOf(forms.MultipleChoiceField):
    """None, some or all of several things."""

    widget = SeveralOptions


def offer(form: forms.BaseForm, name: str, choices: Sequence[Any]) -> None:
    """Give a field of a form its choices, or groups of them, for this once."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(name)
    field.choices = choices
