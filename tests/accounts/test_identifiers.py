"""Identifiers that stand for a person outside."""

import re

from educonnect.accounts.identifiers import draw_educonnect_id, ine_hash


def test_an_educonnect_id_is_96_lower_case_hex_digits_drawn_each_time():
    drawn = {draw_educonnect_id() for _ in range(100)}

    assert len(drawn) == 100
    assert all(re.fullmatch("[0-9a-f]{96}", one) for one in drawn)


def test_an_ine_hash_never_changes_for_a_key_and_differs_under_another(settings):
    settings.INE_HASH_KEY = "k" * 40
    pinned = ine_hash("990000001EB")
    settings.INE_HASH_KEY = "l" * 40

    assert pinned == "11fa385450a93dfe3b2eb75a73a19258"
    assert ine_hash("990000001EB") != pinned
