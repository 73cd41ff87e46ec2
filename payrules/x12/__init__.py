"""X12 files: claims (837P) and remittances (835), one pass into columns; no person in a message."""
