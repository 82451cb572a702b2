"""Backtests: folds, metrics and significance."""
