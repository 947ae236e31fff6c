from datetime import timedelta

from educonnect.limits.limit import Growing


def test_free_tries_impose_no_wait_and_then_each_doubles_it() -> None:
    growing = Growing(free=3, first=timedelta(seconds=5), most=timedelta(minutes=1), memory=timedelta(days=1))

    assert growing.waits() == [0, 0, 0, 5, 10, 20, 40, 60]


def test_after_the_last_try_none_is_heard_until_all_are_forgotten() -> None:
    growing = Growing(free=1, first=timedelta(seconds=5), most=timedelta(seconds=10), memory=timedelta(hours=1), stop=5)

    assert growing.waits() == [0, 5, 10, 10, 3600]
