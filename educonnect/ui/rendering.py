"""How Django writes our forms: label above, hint under it, error beside the field and linked to it."""

from django.forms.renderers import DjangoTemplates


class Renderer(DjangoTemplates):
    """The form renderer of every page (`FORM_RENDERER`)."""

    form_template_name = "ui/fields.html"
    field_template_name = "ui/field.html"
