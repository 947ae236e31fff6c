"""`python -m educonnect` is the console script `educonnect`."""

from educonnect.config.cli import main

if __name__ == "__main__":
    main()
