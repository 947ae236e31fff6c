"""When jobs are looked for, given up for dead and tried again."""

HEARTBEAT = 2.0  # seconds between two signs of life of a worker
STALLED = 6.0  # seconds without one after which its jobs are given to another
SWEEP = "* * * * * */5"  # every five seconds: seconds come last in this cron
PURGE = "17 3 * * *"  # every night
FETCH = 1.0  # seconds between two looks at the queue, should a database notification be missed
GRACE = 20.0  # seconds a stopping worker leaves its current job
ATTEMPTS = 5  # tries of a failing job, each 3, 9, 27, 81 seconds after the former
KEPT_FAILURES = 30 * 24  # hours a failed job stays readable; succeeded ones leave at once

# higher first
URGENT = 10  # the sweep itself
SOON = 5  # somebody waits: a message
ORDINARY = 0  # long work: letters, imports
