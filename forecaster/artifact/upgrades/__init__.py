"""Content of older schemas to that of the next."""
