"""When a series has rows: its schedule, learned from its own time stamps or taken from an exchange."""
