"""What `make` runs to verify and keep this repository; no part of the service."""
