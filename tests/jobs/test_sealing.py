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

    settings.FILES_KEY = "another key, long enough to be accepted as one"

    with pytest.raises(sealing.Unsealable):
        sealing.unseal(sealed)


def test_bytes_read_from_the_database_open_too() -> None:
    assert sealing.unseal(memoryview(sealing.seal(b"letters"))) == b"letters"


def test_truncated_bytes_are_refused() -> None:
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(sealing.PREFIX + b"short")
