"""What is fixed of schools' settings."""

#: A longer address would not be typed from paper.
PORTAL_LONGEST = 200
#: Seconds a site has to answer, for each step; a school waits before its screen.
PORTAL_PATIENCE = 5.0
#: Redirections followed, within the same host.
PORTAL_REDIRECTIONS = 3
