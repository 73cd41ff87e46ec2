"""X12 files: claims (837P) read in one pass into columns; nothing of a person leaves a message."""
