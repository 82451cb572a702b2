"""Calibrated intervals, sample paths, and tests of significance."""
