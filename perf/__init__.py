"""Programs that measure a refresh beside what it could be replaced by: `make perf`."""
