"""Disclosure control: what a release hides, the attacker that tries it, and its anonymity."""
