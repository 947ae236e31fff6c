"""What is fixed of a browser's session."""

from datetime import timedelta

#: A service's request waits this long for its person (activation included); the service's own memory is longer.
WAITING_LIFETIME = timedelta(hours=2)
#: A request posted by another site is bound to the browser that follows our redirection at once, or to none.
BINDING_LIFETIME = timedelta(minutes=2)
#: Somebody who leaves has this long to go round the services.
DEPARTURE_LIFETIME = timedelta(minutes=15)
#: The last visit is written at most this often: no write on an ordinary read.
SEEN_EVERY = timedelta(seconds=60)
#: The page warns this long before a session ends (WCAG 2.2.1 asks for 20 seconds at least).
WARNING = timedelta(seconds=150)
#: What was typed in a form whose session had ended is kept this long in its browser, and no longer than a cookie holds.
TYPED_LIFETIME = timedelta(minutes=30)
MOST_TYPED = 2048
#: A browser that signed somebody in is known for this long.
KNOWN_DEVICE = timedelta(days=365)
#: At most so many accounts are remembered by one browser, the latest first.
KNOWN_ACCOUNTS = 6


def device_name(user_agent: str) -> str:
    """« PC, Firefox »: enough for its owner to recognise a device, too little to follow anyone."""
    machine = next(
        (name for mark, name in MACHINES if mark in user_agent),
        "Appareil",
    )
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "navigateur")
    return f"{machine}, {browser}"


MACHINES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Windows", "PC"),
    ("Linux", "PC"),
)
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Chromium", "Chrome"),
    ("Safari", "Safari"),
)
