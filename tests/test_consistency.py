"""What must hold of the whole: layers of the tables, a French sentence for each refusal, closed views."""

import importlib
import pkgutil

from django.apps import apps

import educonnect
from educonnect.errors import Refusal
from educonnect.web.refusals import SENTENCES

LAYERS = [
    {"config", "demo"},
    {"web", "saml", "imports"},
    {"sessions"},
    {"federation", "helpdesk"},
    {"notification"},
    {"delegation"},
    {"accounts"},
    {"population"},
    {"schools"},
    {"messaging", "letters", "limits", "journal", "jobs", "ui"},
]


def layer(label: str) -> int:
    return next(height for height, labels in enumerate(LAYERS) if label in labels)


def test_each_foreign_key_points_downward() -> None:
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model.__module__.startswith("educonnect.")
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model._meta.app_label != model._meta.app_label
        if layer(field.related_model._meta.app_label) <= layer(model._meta.app_label)
    ]

    assert upward == []


def every_refusal(base: type[Refusal] = Refusal) -> set[type[Refusal]]:
    return {found for child in base.__subclasses__() for found in {child, *every_refusal(child)}}


def test_each_refusal_has_its_french_sentence_and_its_own_code() -> None:
    for module in pkgutil.walk_packages(educonnect.__path__, "educonnect."):
        if "migrations" not in module.name and not module.name.endswith("wsgi"):
            importlib.import_module(module.name)
    concrete = {refusal for refusal in every_refusal() if not refusal.__subclasses__()}

    assert {refusal.__name__ for refusal in concrete if refusal not in SENTENCES} == set()
    assert len({refusal.code for refusal in concrete}) == len(concrete)
