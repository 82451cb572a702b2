"""Recurrent networks and their training, in NumPy alone."""
