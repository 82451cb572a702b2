"""Many files in one run, each on its own."""
