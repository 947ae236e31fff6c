"""Reader of STS, the base of a school’s staff."""
