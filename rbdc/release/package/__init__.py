"""The versioned release folder: data files, their metadata in every format, and what changed."""
