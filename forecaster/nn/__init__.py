"""Recurrent networks and their training, in NumPy alone; they know nothing of series, and `forecasting` trains them."""
