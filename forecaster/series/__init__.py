"""Hold series as panels, transform and scale them, and cut them into windows, for forecasting and evaluation."""
