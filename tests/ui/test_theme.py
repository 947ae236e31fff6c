"""The theme's own promises: enough contrast in both lights, a light first visit, ours alone."""

import re
from pathlib import Path

import pytest
from django.test import Client

from educonnect import ui

FILES = Path(ui.__file__).parent / "static" / "ui"
CSS = (FILES / "theme.css").read_text(encoding="utf-8")
TOKEN = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6})\b")


def tokens(dark: bool) -> dict[str, str]:
    """Role -> colour."""
    light, after = CSS.split("@media (prefers-color-scheme: dark)", 1)
    found = dict(TOKEN.findall(light))
    return {**found, **dict(TOKEN.findall(after.split("/* --- ground", 1)[0]))} if dark else found


def luminance(colour: str) -> float:
    """Source: WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


BODY = [("ink", "ground"), ("ink", "surface"), ("muted", "ground"), ("muted", "surface"), ("ink", "tint")]
TEXT = [
    ("primary", "ground"),
    ("primary", "surface"),
    ("primary", "tint"),
    ("primary-strong", "surface"),
    ("primary-strong", "tint"),
    ("on-primary", "primary"),
    ("on-primary", "primary-strong"),
    ("success", "success-tint"),
    ("warning", "warning-tint"),
    ("danger", "danger-tint"),
    ("danger", "surface"),
    ("danger", "ground"),
    ("ink", "success-tint"),
    ("ink", "warning-tint"),
    ("ink", "danger-tint"),
    ("primary", "success-tint"),
    ("primary", "warning-tint"),
    ("primary", "danger-tint"),
]
EDGES = [("line", "surface"), ("line", "ground"), ("focus-outer", "ground"), ("focus-outer", "surface")]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("pairs", "least"), [(BODY, 7.0), (TEXT, 4.5), (EDGES, 3.0)], ids=["body", "text", "components"]
)
def test_T80_each_pair_of_roles_stands_out_enough(pairs: list[tuple[str, str]], least: float, dark: bool) -> None:
    colours = tokens(dark)

    too_faint = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}

    assert {pair: ratio for pair, ratio in too_faint.items() if ratio < least} == {}


def test_no_rule_names_a_colour_outside_the_tokens() -> None:
    rules = CSS.split("/* --- ground", 1)[1].split("@media print", 1)[0]

    assert re.findall(r"#[0-9a-f]{3,8}\b|rgb\(|hsl\(", rules) == []


def test_the_first_visit_of_the_sign_in_page_weighs_less_than_60_kB(client: Client) -> None:
    page = client.get("/connexion")

    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.content.decode())
    weights = [len(b"".join(client.get(address))) for address in files]

    assert len(files) == 3
    assert all(weights)
    assert len(page.content) + sum(weights) < 60_000


def test_nothing_comes_from_another_site_or_stands_inline(client: Client) -> None:
    page = client.get("/catalogue").content.decode()

    assert re.findall(r'(?:src|href)="https?://', page) == []
    assert re.findall(r"<style|style=|<script(?![^>]*src=)|\son[a-z]+=", page) == []
    assert "@import" not in CSS
    assert "@font-face" not in CSS


@pytest.mark.parametrize("word", ["Marianne", "dsfr", "République"])
def test_the_look_borrows_nothing_of_the_state_s(word: str, client: Client) -> None:
    seen = CSS + (FILES / "logo.svg").read_text(encoding="utf-8") + client.get("/catalogue").content.decode()

    assert word.lower() not in seen.lower()
