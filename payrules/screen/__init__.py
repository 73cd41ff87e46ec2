"""What people read in a terminal or a pipe: one table, one money format, one progress."""
