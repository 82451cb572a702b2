"""Read a table, learn its calendar, scale it and cut it into windows."""
