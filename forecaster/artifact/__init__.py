"""Model files: write them, and read them as data that is checked before anything is built from it.

`workflow` saves and loads its models here.
"""
