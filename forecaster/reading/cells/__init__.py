"""Text cells to dates and numbers: one style that a whole column proves. No file and no panel is known here."""
