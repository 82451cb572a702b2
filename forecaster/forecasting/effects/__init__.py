"""The effects of the year, of the month and of named days: learned from a series, removed before and restored after."""
