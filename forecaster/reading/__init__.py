"""Files to a panel: the columns found, every series repaired and checked, and every choice and finding reported."""
