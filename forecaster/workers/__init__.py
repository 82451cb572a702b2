"""Worker processes: start them, share tasks among them, and show the progress of all; any room may use them."""
