"""Disclosure control: what a release hides, the attacker that tries it, and anonymity of records."""
