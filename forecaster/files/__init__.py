"""Write files whole or not at all, and let one process write a file at a time.

Models and all other output are written with it.
"""
