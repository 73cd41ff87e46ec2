"""CMS's published files, one reader each."""
