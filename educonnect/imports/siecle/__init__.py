"""Readers of SIECLE exports (schemas of before 2016 to now): XML in, Roll out."""
