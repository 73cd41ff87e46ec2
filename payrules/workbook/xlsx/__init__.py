"""The Excel front: bulk rows, charts, styles, the file itself."""
