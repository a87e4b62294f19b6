"""What is wrong: where the mask stops, why, what it costs, and what to do."""
