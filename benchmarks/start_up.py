"""How long do an import of the package and the smallest commands take, compared with an import of NumPy?

Each is a process of its own, whose processor time is measured, less that of an interpreter that does nothing. They take
turns in every round, and the median over the rounds is printed. `ratio` is that to `import numpy`; `import forecaster`
should not exceed 1.2.

    python benchmarks/start_up.py --rounds 11
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys

from cells import setting, table

PROGRAMS = {
    "nothing": ("-c", "pass"),
    "import numpy": ("-c", "import numpy"),
    "import pandas": ("-c", "import pandas"),
    "import forecaster": ("-c", "import forecaster"),
    "from forecaster import Forecaster": ("-c", "from forecaster import Forecaster"),
    "forecast --version": ("-m", "forecaster", "--version"),
    "forecast train --help": ("-m", "forecaster", "train", "--help"),
    "forecast doctor": ("-m", "forecaster", "doctor"),
}


def processor_seconds(arguments: tuple[str, ...]) -> float:
    """Return the processor time of an interpreter with these arguments."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603 - listed above
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Run the benchmark and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11, help="turns of each program")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(options.rounds):
        for name, arguments in PROGRAMS.items():
            times[name].append(processor_seconds(arguments))
    medians = {name: statistics.median(each) for name, each in times.items()}
    nothing, numpy = medians.pop("nothing"), medians["import numpy"]
    rows = [
        {"program": name, "cpu_ms": 1000 * (each - nothing), "ratio": (each - nothing) / (numpy - nothing)}
        for name, each in medians.items()
    ]
    result = {"rows": rows, "interpreter_ms": 1000 * nothing, **setting()}
    print(json.dumps(result) if options.json else table(result))


if __name__ == "__main__":
    main()
