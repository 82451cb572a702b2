"""Write files atomically, and let only one process at a time write a model file.

`artifact`, `batch`, `workflow` and `cli` write all their files with it.
"""
