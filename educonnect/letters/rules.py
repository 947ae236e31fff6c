"""Bounds of the printing."""

# a typesetting process never gives memory back: about 0.6 MB a letter, so it ends after this many
LETTERS_A_PROCESS = 250
# seconds after which a batch is given up: ten times what the largest takes on a slow machine
PATIENCE = 60.0
