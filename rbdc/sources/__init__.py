"""Source systems: what a service declares it reads, and one module for each kind of system."""
