"""Every benchmark, one after the other: `python -m benchmarks`. Exit status 1 where a bar is missed."""

import subprocess
import sys

COMMANDS = (
    ["benchmarks.control", "--n", "1000000"],
    ["benchmarks.ownership", "--n", "1000000"],
    ["benchmarks.loops", "--n", "1000000", "--engines", "ownergraph,duckdb"],
    ["benchmarks.loops", "--n", "20000"],
    ["benchmarks.startup"],
    ["benchmarks.chart"],
    ["benchmarks.neo4j", "--n", "100000"],
)


def main() -> int:
    """Run them; each prints its own table."""
    missed = 0
    for module, *arguments in COMMANDS:
        print(f"\n== {module} {' '.join(arguments)}", flush=True)
        missed |= subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode
    return int(bool(missed))


if __name__ == "__main__":
    raise SystemExit(main())
