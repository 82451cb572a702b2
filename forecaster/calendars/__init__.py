"""When a series has rows: schedules learned from time stamps or taken from an exchange, for `reading` and `series`."""
