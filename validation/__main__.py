"""The command: `python -m validation --seeds 1000` writes `docs/validation.md`."""

import argparse
import sys
import time
from pathlib import Path


def main() -> int:
    """Run the validation; the exit status is 1 where something lies outside its bounds."""
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="seeds over the whole grid (1000)")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    parser.add_argument("--output", type=Path, default=Path("docs/validation.md"), help="page")
    options = parser.parse_args()
    # Imported here, because every worker process imports this module, too.
    from validation.bounds import broken_bounds
    from validation.prepare import prepare
    from validation.report import page
    from validation.run import validate

    began = time.monotonic()
    bench = prepare()
    if options.seeds < 2 * len(bench.grid):
        parser.error(f"--seeds must be at least {2 * len(bench.grid)}: two a point of the grid")
    measured = validate(bench, options.seeds, options.workers, say=print)
    options.output.write_text(_with_planted(page(measured, bench), options.output), "utf-8")
    broken = broken_bounds(measured, bench.rules.false_discovery_rate)
    print(f"{options.output} written after {time.monotonic() - began:,.0f} s")
    print("\n".join(broken) or "Everything lies within its bounds.")
    return 1 if broken else 0


def _with_planted(written: str, output: Path) -> str:
    """The page with the part on planted effects that stands in it, which has its own command."""
    from validation.planted_page import MARK

    before = output.read_text("utf-8") if output.exists() else ""
    _, mark, planted = before.partition(MARK)
    return f"{written.rstrip()}\n\n{mark}{planted}" if mark else written


if __name__ == "__main__":
    sys.exit(main())
