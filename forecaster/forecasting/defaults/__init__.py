"""Every default, derived from the data with its reason."""
