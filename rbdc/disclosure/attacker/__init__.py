"""The attacker: computes hidden numbers from published release folders, and nothing else."""

from rbdc.disclosure.attacker.attack import attack
from rbdc.disclosure.attacker.report import AttackReport, Disclosure
from rbdc.disclosure.attacker.system import System

__all__ = ["AttackReport", "Disclosure", "System", "attack"]
