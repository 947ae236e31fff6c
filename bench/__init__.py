"""What we measure: CPU an operation, memory, and the machine it was measured on. `python -m bench` runs it all."""
