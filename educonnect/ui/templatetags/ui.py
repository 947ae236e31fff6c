"""The components: each is one tag, so that every screen wears the same."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, PasswordInput
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from educonnect.ui.fields import DateInThree, OneOption, SeveralOptions

register = template.Library()
#: Widgets made of several inputs: the first is where a link to the field leads.
_PARTED = (DateInThree, OneOption, SeveralOptions)


@register.filter
def kind(field: BoundField) -> str:
    """Which layout a field takes: parts under one legend, tick, password, or an ordinary one."""
    widgets = ((_PARTED, "parts"), (CheckboxInput, "tick"), (PasswordInput, "password"))
    return next((name for widget, name in widgets if isinstance(field.field.widget, widget)), "")


@register.inclusion_tag("ui/form.html", takes_context=True)
def form(context: template.Context, form: BaseForm, submit: str, action: str = "") -> dict[str, Any]:
    """A whole form: what is wrong on top, the fields, one main button whose label is the deed.

    Args:
        action: where it is posted; empty: to the address of its page.
    """
    names = [field.html_name for field in form if not isinstance(field.field.widget, PasswordInput)]
    mark, back = context.get("form_mark"), context.get("typed_back")
    kept = back() if back and not form.is_bound else None
    if kept:
        for field in form.visible_fields():
            if field.html_name in names:
                form.initial[field.name] = field.field.widget.value_from_datadict(
                    kept, MultiValueDict(), field.html_name
                )
    return {
        "form": form,
        "submit": submit,
        "action": action,
        "csrf_token": context.get("csrf_token"),
        "mark": mark(names) if mark and names else "",
        "restored": bool(kept),
    }


@register.inclusion_tag("ui/summary.html")
def summary(form: BaseForm) -> dict[str, Any]:
    """What is wrong, each line linked to its field; nothing when nothing is."""
    errors: list[tuple[str, str]] = [("", str(message)) for message in form.non_field_errors()]
    for field in form.visible_fields():
        first = f"{field.auto_id}_0" if isinstance(field.field.widget, _PARTED) else str(field.id_for_label)
        errors += [(first, str(message)) for message in field.errors]
    return {"errors": errors, "count": len(errors), "to_fill": any(target for target, _ in errors)}


@register.inclusion_tag("ui/steps.html")
def steps(now: int, of: int) -> dict[str, Any]:
    """« Étape 1 sur 3 », and a bar that says it again."""
    states = ["done" if number < now else "now" if number == now else "" for number in range(1, of + 1)]
    return {"now": now, "of": of, "states": states}


@register.inclusion_tag("ui/icon.html")
def icon(name: str) -> dict[str, str]:
    """A small mark beside words that say the same; hidden from screen readers."""
    return {"name": name}


@register.inclusion_tag("ui/table.html")
def table(caption: str, headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """A table whose rows become cards on a narrow screen; the first cell names its row."""
    return {
        "caption": caption,
        "headers": headers,
        "rows": [list(zip(headers, row, strict=True)) for row in rows],
    }


@register.simple_tag
def badge(text: str, tone: str = "") -> SafeString:
    """A state, in words; the colour only repeats it."""
    return format_html('<span class="badge {}">{}</span>', tone, text)


@register.simple_block_tag
def notice(content: SafeString, tone: str = "info") -> SafeString:
    """Something to know: info, success, warning or danger."""
    return render_to_string("ui/notice.html", {"tone": tone, "content": content})
