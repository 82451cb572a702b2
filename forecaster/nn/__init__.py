"""Recurrent networks and their training, in NumPy alone, for `forecasting` and for learners."""
