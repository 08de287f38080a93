"""Releases: what goes out, protected, attacked and checked before it stands as a candidate."""
