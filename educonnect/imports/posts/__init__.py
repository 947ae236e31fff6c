"""Who holds which post, as an académie or the ministry says it in a CSV file."""
