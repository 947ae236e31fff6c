import pytest

from educonnect.jobs import sealing


def test_what_was_sealed_comes_back_and_does_not_show() -> None:
    sealed = sealing.seal(b"K7QM-2XPA-9RTB", purpose="letters")

    assert sealing.unseal(sealed, purpose="letters") == b"K7QM-2XPA-9RTB"
    assert b"K7QM" not in sealed
    assert sealed.startswith(b"EC1:")


def test_the_same_bytes_are_never_sealed_alike() -> None:
    assert sealing.seal(b"same") != sealing.seal(b"same")


@pytest.mark.parametrize("place", [0, 5, 20, -1])
def test_an_altered_byte_is_refused(place: int) -> None:
    sealed = bytearray(sealing.seal(b"letters of a class"))
    sealed[place] ^= 1

    with pytest.raises(sealing.Unsealable):
        sealing.unseal(bytes(sealed))


def test_one_kind_of_bytes_never_passes_for_another() -> None:
    sealed = sealing.seal(b"rows", purpose="notification.rows:1")

    with pytest.raises(sealing.Unsealable):
        sealing.unseal(sealed, purpose="notification.rows:2")


def test_another_key_opens_nothing(settings) -> None:
    sealed = sealing.seal(b"letters")

    settings.FILES_KEYS = {1: "another key, long enough to be accepted as one"}

    with pytest.raises(sealing.Unsealable):
        sealing.unseal(sealed)


def test_bytes_read_from_the_database_open_too() -> None:
    assert sealing.unseal(memoryview(sealing.seal(b"letters"))) == b"letters"


@pytest.mark.parametrize("head", [sealing.FIRST, sealing.VERSIONED, sealing.VERSIONED + b"\0", b"EC3:", b""])
def test_truncated_bytes_are_refused(head: bytes) -> None:
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(head + b"short")


def test_what_waits_survives_a_change_of_the_key_and_the_newest_seals(settings) -> None:
    before = sealing.seal(b"letters", purpose="letters")

    settings.FILES_KEYS = {2: "a second key, drawn after a scare, long enough", **settings.FILES_KEYS}
    after = sealing.seal(b"letters", purpose="letters")

    assert sealing.unseal(before, purpose="letters") == sealing.unseal(after, purpose="letters") == b"letters"
    assert (sealing.version_of(before), sealing.version_of(after)) == (1, 2)
    settings.FILES_KEYS = {2: settings.FILES_KEYS[2]}
    assert sealing.unseal(after, purpose="letters") == b"letters"
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(before, purpose="letters")


def test_the_version_a_seal_wears_is_part_of_what_is_sealed(settings) -> None:
    key = settings.FILES_KEYS[1]
    settings.FILES_KEYS = {2: key, 3: key}
    sealed = bytearray(sealing.seal(b"letters"))
    sealed[len(sealing.VERSIONED) + 1] = 2

    with pytest.raises(sealing.Unsealable):
        sealing.unseal(bytes(sealed))
