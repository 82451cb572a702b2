"""Lengths of time in seconds, names of weekdays and months, and how weeks lie against 1970-01-01, where time begins."""

MICROSECONDS = 1_000_000
"""Microseconds in a second."""
MINUTE, HOUR, DAY = 60, 3600, 86_400
WEEK = 7 * DAY
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
EARLIEST_YEAR, LATEST_YEAR = 1500, 2200
"""Years outside are slips of the keyboard, as 2202 for 2022, or placeholders such as 9999."""
EPOCH_WEEKDAY = 3
"""Weekday of 1970-01-01, a Thursday, with Monday = 0."""
FIRST_MONDAY = (7 - EPOCH_WEEKDAY) * DAY
"""1970-01-05 in seconds since 1970-01-01."""
EARLIEST_TIME, LATEST_TIME = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Microseconds since 1970 of the first and the last moment of the years 1 to 9999: those that text can say."""
LATEST_COUNT = 2**63 - 1
"""The largest count of a step: a whole number of 64 bits."""
