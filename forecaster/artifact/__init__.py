"""Model files: how they are written, read, locked and checked."""
