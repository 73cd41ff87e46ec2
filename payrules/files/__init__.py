"""Files: opened only as what they are, bounded, and put in place whole."""
