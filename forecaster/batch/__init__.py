"""Run a verb of `workflow` on many files, each on its own, so that one failure does not affect the other files.

The command line calls it for `--out`.
"""
