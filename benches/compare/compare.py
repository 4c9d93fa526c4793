"""Time segengine against other k-means programs, interleaved in one run.

From the repository root, on an otherwise idle machine::

    cargo build --release
    python3 benches/compare/compare.py

The first run makes a virtual environment of its own from requirements.txt.
Then every case's table is made from a fixed seed, and ours and every peer take
turns, round by round, each fit in a process of its own. What is printed is a
Markdown section: medians of all rounds, and theirs over ours.

Ours is the time that the program's own report gives, from mapped columns to
labels and inertia; theirs is the wall time of the same on an array in memory,
after one fit to warm up.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").absolute()
REQUIREMENTS = HERE / "requirements.txt"

# They hold the peers back: kernels for another processor, fewer threads.
UNSET = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "RAYON_NUM_THREADS",
)
# A peer's fit that takes longer, in seconds, is timed once.
LONG = 20.0
# A peer's process that takes longer, in seconds, is ended.
TIMEOUT = 1800.0
# An inertia higher by this much, relatively, is another result.
WORSE = 0.001

# They start where they are told to; the others choose, within their time.
SAME_START = ("scikit-learn", "scikit-learn-intelex", "faiss-cpu")
EXACT = (*SAME_START, "rustcluster", "clostera")
EVERY = (*SAME_START, "superkmeans", "rustcluster", "clostera")

NOTES = {
    "w": "Faster, but its inertia is more than 0.1 % higher: not the same "
    "result.",
    "s": "Takes no start: it chooses its own, and its time contains that.",
    "a": "Approximate: skips distances that are probably not the smallest.",
    "o": "Timed once, for its length.",
}


@dataclass(frozen=True)
class Case:
    """One table and what is done with it."""

    name: str
    title: str
    # What is timed: lloyd (a given start, fixed iterations), restarts
    # (to convergence), seeding, minibatch or scaling.
    kind: str
    # The maker of the table.
    data: str
    n: int
    d: int
    k: int
    iterations: int
    starts: int = 1
    peers: tuple[str, ...] = ()


@dataclass
class Times:
    """What one contestant's rounds gave."""

    seconds: list[float] = field(default_factory=list)
    n_iter: int | None = None
    inertia: float | None = None
    # Why there is no result, or an empty string.
    failure: str = ""

    @property
    def median(self) -> float:
        """The median of the seconds."""
        return statistics.median(self.seconds)


def lloyd(
    data: str,
    size: str,
    d: int,
    k: int,
    iterations: int,
    peers: tuple[str, ...],
) -> Case:
    """Return a case of fixed iterations from the first k rows."""
    return Case(
        f"{data}-{size}x{d}-k{k}",
        data,
        "lloyd",
        data,
        int(float(size)),
        d,
        k,
        iterations,
        peers=peers,
    )


def seeding(size: str, d: int, k: int) -> Case:
    """Return a case of greedy k-means++ alone."""
    return Case(
        f"seeding-{size}x{d}-k{k}",
        "greedy k-means++ alone",
        "seeding",
        "blobs",
        int(float(size)),
        d,
        k,
        1,
        peers=("scikit-learn",),
    )


CASES = [
    *(
        lloyd(data, *size)
        for data in ("blobs", "noise")
        for size in (
            ("1e6", 8, 6, 20, EXACT),
            ("1e6", 16, 12, 20, EXACT),
            ("4e5", 21, 37, 15, EXACT),
            ("2e5", 64, 256, 10, EVERY),
            ("1e5", 128, 1000, 5, EXACT),
        )
    ),
    # rustcluster would take many minutes.
    lloyd(
        "blobs",
        "1e5",
        768,
        1000,
        10,
        (*SAME_START, "superkmeans", "clostera"),
    ),
    Case(
        "customers",
        "customers, 10 starts",
        "restarts",
        "customers",
        94_983,
        3,
        6,
        300,
        starts=10,
        peers=(
            "scikit-learn",
            "scikit-learn-intelex",
            "rustcluster",
            "clostera",
        ),
    ),
    seeding("1e6", 8, 50),
    seeding("1e5", 64, 1000),
    Case(
        "minibatch",
        "mini-batches, 3 starts",
        "minibatch",
        "blobs",
        10_000_000,
        8,
        6,
        100,
        starts=3,
        peers=("scikit-learn",),
    ),
    Case(
        "scaling",
        "blobs, standardised",
        "scaling",
        "blobs",
        1_000_000,
        8,
        6,
        20,
    ),
]


def enter_environment(script: str) -> None:
    """Go on inside the virtual environment, making it where need be."""
    venv = TARGET / "compare-venv"
    if Path(sys.prefix).resolve() == venv.resolve():
        return
    text = sys.version + REQUIREMENTS.read_text()
    wanted = hashlib.sha256(text.encode()).hexdigest()
    stamp = venv / "made-from"
    python = venv / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"making {venv}", file=sys.stderr)
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        install = [python, "-m", "pip", "install", "--quiet"]
        install += ["--disable-pip-version-check", "--only-binary", ":all:"]
        whole = [*install, "--requirement", REQUIREMENTS]
        if subprocess.run(whole, stdout=sys.stderr).returncode != 0:
            # One by one: what cannot be had here is told in the result.
            for line in REQUIREMENTS.read_text().splitlines():
                if "==" in line:
                    one = [*install, "--no-deps", line]
                    subprocess.run(one, stdout=sys.stderr, check=False)
            base = [python, "-c", "import numpy, pyarrow"]
            subprocess.run(base, check=True)
        stamp.write_text(wanted)
    os.execv(python, [str(python), script, *sys.argv[1:]])


def processor() -> str:
    """Return the processor's name."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def run_peer(name: str, case: Path | None = None) -> dict[str, Any] | str:
    """Run one peer's process: its result, or why there is none."""
    keep = {k: v for k, v in os.environ.items() if k not in UNSET}
    command = [sys.executable, HERE / "peer.py", name]
    if case is not None:
        command.append(case)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=keep, timeout=TIMEOUT
        )
    except subprocess.TimeoutExpired:
        return f"took longer than {TIMEOUT:.0f} s"
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        return said[-1] if said else f"exit status {done.returncode}"
    return json.loads(done.stdout.splitlines()[-1])


def run_ours(
    program: Path, folder: Path, case: Case, scale: str, threads: int
) -> dict[str, Any]:
    """Run the program once and return its report."""
    command: list[str | Path] = [program, "cluster", folder / "rows.arrow"]
    command += ["-k", str(case.k), "--scale", scale, "--precision", "f32"]
    command += ["--threads", str(threads), "--out", folder / "out"]
    command += ["--json", "--quiet"]
    if case.kind in ("lloyd", "scaling"):
        command += ["--init", folder / "start.arrow", "--tol", "0"]
    else:
        command += ["--n-init", str(case.starts)]
    if case.kind == "minibatch":
        command += ["--algorithm", "minibatch"]
    command += ["--max-iter", str(case.iterations)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def our_seconds(case: Case, report: dict[str, Any]) -> float:
    """Return the seconds of the part that a case compares."""
    timings = report["timings"]
    if case.kind == "seeding":
        return timings["seed_s"]
    if case.kind in ("restarts", "minibatch"):
        return timings["seed_s"] + timings["fit_s"]
    return timings["fit_s"]


def our_inertia(folder: Path, report: dict[str, Any]) -> float:
    """Return the inertia of our centres, computed as the peers' is."""
    import numpy as np

    from data import inertia

    centers = [list(one["center"].values()) for one in report["segments"]]
    return inertia(np.load(folder / "rows.npy"), np.array(centers))


class Comparison:
    """One case's contestants, taking turns."""

    def __init__(
        self, program: Path, folder: Path, case: Case, threads: int
    ) -> None:
        """Make the tables."""
        from data import write

        self.program = program
        self.folder = folder
        self.case = case
        self.threads = threads
        write(folder, case.data, case.n, case.d, case.k)
        self.times: dict[str, Times] = {}

    def ours(self, name: str, scale: str) -> None:
        """Time one of our own fits."""
        first = name not in self.times
        if first:
            # Into the page cache.
            self.run_ours(scale)
        report = self.run_ours(scale)
        times = self.times.setdefault(name, Times())
        times.seconds.append(our_seconds(self.case, report))
        times.n_iter = report["n_iter"]
        if first and scale == "none":
            times.inertia = our_inertia(self.folder, report)

    def run_ours(self, scale: str) -> dict[str, Any]:
        """Run the program on the case's table."""
        return run_ours(
            self.program, self.folder, self.case, scale, self.threads
        )

    def theirs(self, name: str) -> None:
        """Time one fit of a peer, unless it failed or takes too long."""
        times = self.times.setdefault(name, Times())
        if times.failure or any(one > LONG for one in times.seconds):
            return
        first = not times.seconds
        task = asdict(self.case) | {
            "rows": str(self.folder / "rows.npy"),
            "with_inertia": first,
        }
        path = self.folder / "case.json"
        path.write_text(json.dumps(task))
        result = run_peer(name, path)
        if isinstance(result, str):
            times.failure = result
            return
        times.seconds.append(result["seconds"])
        times.n_iter = result["n_iter"]
        if first:
            times.inertia = result["inertia"]

    def rounds(self, count: int, missing: dict[str, str]) -> None:
        """Let everybody take turns."""
        for _ in range(count):
            self.ours("segengine", "none")
            if self.case.kind == "scaling":
                self.ours("segengine --scale standard", "standard")
            for name in self.case.peers:
                if name in missing:
                    self.times[name] = Times(failure=missing[name])
                else:
                    self.theirs(name)


def figure(
    case: Case, name: str, ours: Times, theirs: Times
) -> dict[str, Any]:
    """Return one line's numbers: theirs over ours."""
    ratio = theirs.median / ours.median
    if case.kind in ("lloyd", "scaling") and ours.n_iter and theirs.n_iter:
        ratio *= ours.n_iter / theirs.n_iter
    inertia = None
    if ours.inertia and theirs.inertia is not None:
        inertia = theirs.inertia / ours.inertia - 1.0
    notes = ""
    if ratio < 1.0 and inertia is not None and inertia > WORSE:
        notes += "w"
    if case.kind == "lloyd" and name not in SAME_START:
        notes += "s"
    # It prunes from 128 columns and more than 256 clusters on.
    if name == "superkmeans" and case.d >= 128 and case.k > 256:
        notes += "a"
    if len(theirs.seconds) < len(ours.seconds):
        notes += "o"
    # Everybody counts batches in another way.
    counted = case.kind not in ("seeding", "minibatch")
    return {
        "case": case.name,
        "peer": name,
        "segengine_iterations": ours.n_iter if counted else None,
        "peer_iterations": theirs.n_iter if counted else None,
        "segengine_s": ours.median,
        "peer_s": theirs.median,
        "ratio": ratio,
        "inertia_difference": inertia,
        "notes": notes,
        "segengine_all_s": ours.seconds,
        "peer_all_s": theirs.seconds,
    }


def line(case: Case, one: dict[str, Any]) -> str:
    """Return a line of the table."""
    counts = [one["segengine_iterations"], one["peer_iterations"]]
    iterations = ", ".join("–" if c is None else f"{c:,}" for c in counts)
    inertia = one["inertia_difference"]
    cells = [
        case.title,
        f"{case.n:,} × {case.d}, {case.k}",
        one["peer"],
        "–" if counts == [None, None] else iterations,
        f"{one['segengine_s']:.4f}",
        f"{one['peer_s']:.4f}",
        " ".join([f"{one['ratio']:.2f}", *one["notes"]]),
        "–" if inertia is None else f"{100.0 * inertia:+.3f} %",
    ]
    return "| " + " | ".join(cells) + " |"


def compare(
    options: argparse.Namespace, case: Case, missing: dict[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Time one case and yield its lines and figures."""
    threads = len(os.sched_getaffinity(0))
    print(f"{case.name} …", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=TARGET, prefix="compare-") as name:
        comparison = Comparison(options.program, Path(name), case, threads)
        comparison.rounds(options.rounds, missing)
    times = comparison.times
    ours = times.pop("segengine")
    for peer, theirs in times.items():
        if theirs.failure:
            size = f"{case.n:,} × {case.d}, {case.k}"
            reason = theirs.failure.replace("|", "\\|")
            yield (
                f"| {case.title} | {size} | {peer} | – | {ours.median:.4f} "
                f"| not available: {reason} | – | – |",
                {"case": case.name, "peer": peer, "failure": theirs.failure},
            )
        else:
            one = figure(case, peer, ours, theirs)
            yield line(case, one), one


def probe() -> tuple[dict[str, str], dict[str, str]]:
    """Return the peers' versions, and why some cannot be had."""
    from importlib.metadata import PackageNotFoundError, version

    versions: dict[str, str] = {}
    missing: dict[str, str] = {}
    for name in EVERY:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            missing[name] = "pip could not install it"
            continue
        result = run_peer(name)
        if isinstance(result, str):
            missing[name] = result
    return versions, missing


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--case",
        action="append",
        choices=[case.name for case in CASES],
        metavar="NAME",
        help="only this one; may be repeated: "
        + ", ".join(case.name for case in CASES),
    )
    parser.add_argument(
        "--program", type=Path, default=TARGET / "release" / "segengine"
    )
    parser.add_argument("--json", type=Path, help="also write figures there")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    options.program = options.program.absolute()
    if not options.program.exists():
        parser.error(f"{options.program} is missing: cargo build --release")
    return options


def main() -> None:
    """Print a table of medians and ratios."""
    options = arguments()
    enter_environment(__file__)
    versions, missing = probe()
    told = subprocess.run(
        [options.program, "--version"], capture_output=True, text=True
    )
    machine = f"{processor()}, {len(os.sched_getaffinity(0))} threads"
    print(f"{machine}, medians of {options.rounds}\n")
    listed = [told.stdout.strip()]
    listed += [
        f"{name} "
        + (
            f"not available: {missing[name]}"
            if name in missing
            else versions[name]
        )
        for name in EVERY
    ]
    print(", ".join(listed) + "\n")
    print(
        "| Work | Rows × columns, k | Peer | Iterations | segengine s "
        "| peer s | Ratio | Inertia |"
    )
    print("|---|---|---|---|---|---|---|---|", flush=True)
    figures: list[dict[str, Any]] = []
    whole: dict[str, Any] = {
        "machine": machine,
        "versions": {"segengine": listed[0]} | versions,
        "missing": missing,
        "rounds": options.rounds,
    }
    for case in CASES:
        if options.case and case.name not in options.case:
            continue
        for text, one in compare(options, case, missing):
            figures.append(one)
            print(text, flush=True)
        if options.json:
            whole["figures"] = figures
            options.json.write_text(json.dumps(whole, indent=1) + "\n")
    used = {note for one in figures for note in one.get("notes", "")}
    if used:
        print()
    for note in NOTES:
        if note in used:
            print(f"- *{note}*: {NOTES[note]}")


if __name__ == "__main__":
    main()
