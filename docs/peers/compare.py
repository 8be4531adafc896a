#!/usr/bin/env python3
"""Times lenz beside a peer, turn by turn, and prints a table in Markdown. Needs nothing but Python; the peer's own interpreter is
named with --python.

    go build -o lenz ./cmd/lenz
    python3 docs/peers/compare.py --lenz ./lenz --peer torch        --python python3    PyTorch, whichever that interpreter has
    python3 docs/peers/compare.py --lenz ./lenz --peer jax          --python python3    JAX
    python3 docs/peers/compare.py --lenz ./lenz --peer openblas     --python python3    the BLAS of NumPy
    python3 docs/peers/compare.py --lenz ./lenz --peer scipy        --python python3    SciPy, scikit-learn and NumPy: reservoirs, RBM, Ising
    python3 docs/peers/compare.py --lenz ./lenz --peer reservoirpy  --python python3    ReservoirPy
    python3 docs/peers/compare.py --lenz ./lenz --peer unrolled                         Gorgonia's primitive ops on gonum's BLAS
    python3 docs/peers/compare.py --lenz ./lenz --peer forecast     --python python3    a whole process that forecasts, with PyTorch
    (--peer newest-torch is --peer torch with the switches of newer versions among its ways)

For each row lenz writes weights, data and results to a file; the peer computes the same from it, is held to lenz's numbers, and
only then timed (the RBM and the Ising lattice draw random numbers of their own: their peers do work of the same size). Each round runs lenz and the peer once with one thread and once with two; the medians over rounds of each
run's median are reported. A peer that has several ways to run (which kernels its BLAS picks, a fused optimizer) is tried in all of
them and timed in its fastest. Ratios are the peer's time over lenz's.
"""
import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import peer

HERE = os.path.dirname(os.path.abspath(__file__))


def row(label, command, threads=(1, 2)):
    return dict(label=label, command=command.split(), threads=threads)


STEPS = [
    row("LSTM T=100 B=16 I=1 H=64", "lstm --T 100 --B 16 --I 1 --H 64"),
    row("LSTM T=100 B=32 I=8 H=128", "lstm --T 100 --B 32 --I 8 --H 128"),
    row("LSTM T=50 B=64 I=64 H=256", "lstm --T 50 --B 64 --I 64 --H 256"),
    row("GRU T=100 B=32 I=8 H=128", "gru --T 100 --B 32 --I 8 --H 128"),
    row("RNN T=100 B=32 I=8 H=128", "rnn --T 100 --B 32 --I 8 --H 128"),
]
KERNELS = [
    row("stream, H=64, 10,000 steps", "stream --H 64 --steps 10000"),
    row("Adam, 524,288 values in 8 tensors", "adam --n 524288"),
    row("tanh, 16,384 values", "tanh --n 16384", (1,)),
    row("sigmoid, 16,384 values", "sigmoid --n 16384", (1,)),
]
PRODUCTS = [
    row("SGEMM 32x512x128", "gemm --m 32 --n 512 --k 128"),
    row("SGEMM 64x1024x256", "gemm --m 64 --n 1024 --k 256"),
    row("SGEMM 512x512x512", "gemm --m 512 --n 512 --k 512"),
    row("DGEMM 512x512x512", "gemm --m 512 --n 512 --k 512 --dtype float64"),
]
RESERVOIR = [row("echo state network, 1,000 units, 10,000 steps", "esn --N 1000 --T 10000 --links 10")]
ARRAYS = RESERVOIR + [
    row("ridge readout, 1,000 states, 10,000 steps", "ridge --N 1000 --T 10000"),
    row("RBM, an epoch, 784 x 256, 10,000 rows", "rbm --V 784 --N 256 --B 100 --rows 10000"),
    row("Ising, 1,024 x 1,024, 20 sweeps", "ising --L 1024 --sweeps 20"),
]
UNROLLED = [row("LSTM T=50 B=32 I=1 H=64", "lstm --T 50 --B 32 --I 1 --H 64")]

# The ways to run a peer: variables of the environment and further arguments.
CORES = [{}] + [{"OPENBLAS_CORETYPE": c} for c in ("ZEN", "Haswell", "SkylakeX")]
PEERS = {
    "torch": dict(rows=STEPS + KERNELS, script="torch_step.py", ways=[(e, []) for e in CORES]),
    "newest-torch": dict(rows=STEPS + KERNELS, script="torch_step.py", ways=[({}, []), ({}, ["--fused"]), ({"MKL_ENABLE_INSTRUCTIONS": "AVX512"}, [])]),
    "jax": dict(rows=STEPS, script="jax_step.py", ways=[({}, []), ({}, ["--unroll", "4"])]),
    "openblas": dict(rows=PRODUCTS, script="openblas_gemm.py", ways=[(e, []) for e in CORES]),
    "scipy": dict(rows=ARRAYS, script="scipy_step.py", ways=[(e, []) for e in CORES]),
    "reservoirpy": dict(rows=RESERVOIR, script="scipy_step.py", ways=[({}, ["--reservoirpy"])]),
    "unrolled": dict(rows=UNROLLED, script=None, ways=[({}, [])]),
}


def environment(extra):
    """Returns our environment without what others have set for the BLAS."""
    e = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "MKL_"))}
    e.update(extra)
    return e


def run(command, extra=None):
    done = subprocess.run(command, env=environment(extra or {}), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with status {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return json.loads(done.stdout)


def talk(text):
    print(text, file=sys.stderr)


class Pair:
    """One row: lenz and a peer on the same work."""

    def __init__(self, args, row, folder):
        self.args, self.row, self.how = args, row, PEERS[args.peer]
        self.file = os.path.join(folder, "work.safetensors")
        run([args.lenz, "bench", *row["command"], "--dump", self.file, "--reps", "1", "--warmup", "0", "--json"])
        if not self.how["script"]:
            self.same_as_unrolled(os.path.join(folder, "unrolled.safetensors"))

    def lenz(self, threads):
        return run([self.args.lenz, "bench", *self.row["command"], "--threads", str(threads), "--reps", str(self.args.reps), "--json"])

    def peer(self, threads, way, reps):
        extra, flags = way
        if not self.how["script"]:
            return run([self.args.lenz, "bench", "unrolled", *self.row["command"][1:], "--threads", str(threads), "--json"])
        extra = dict(extra, OPENBLAS_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
        script = os.path.join(HERE, self.how["script"])
        return run([self.args.python, script, self.file, "--threads", str(threads), "--reps", str(reps), *flags], extra)

    def same_as_unrolled(self, file):
        run([self.args.lenz, "bench", "unrolled", *self.row["command"][1:], "--dump", file, "--reps", "1", "--warmup", "0", "--json"])
        ours, theirs = peer.read(self.file)[0], peer.read(file)[0]
        for name, (_, _, data) in theirs.items():
            tolerance = peer.LOSS if name == "loss" else peer.GRADIENT if name.startswith("grad.") else 0
            peer.check(name, memoryview(data).cast("f"), memoryview(ours[name][2]).cast("f"), tolerance)

    def measure(self):
        """Returns the row of the table. The peer's fastest way is chosen for each number of threads by itself."""
        ways, result = {}, dict(label=self.row["label"], lenz={}, peer={}, way={})
        for t in self.row["threads"]:
            tried = [(self.peer(t, w, max(3, self.args.reps // 3))["median_ms"], i) for i, w in enumerate(self.how["ways"])] if len(self.how["ways"]) > 1 else [(0, 0)]
            ways[t] = self.how["ways"][min(tried)[1]]
            result["way"][t] = " ".join([f"{k}={v}" for k, v in ways[t][0].items()] + ways[t][1]) or "as it is"
        times = {(who, t): [] for who in ("lenz", "peer") for t in self.row["threads"]}
        for _ in range(self.args.rounds):
            for t in self.row["threads"]:
                ours, theirs = self.lenz(t), self.peer(t, ways[t], self.args.reps)
                times["lenz", t].append(ours["median_ms"])
                times["peer", t].append(theirs["median_ms"])
                result["versions"] = [ours["peer"], theirs["peer"]]
        for (who, t), v in times.items():
            result[who][t] = statistics.median(v)
        result["ratio_one_thread"] = result["peer"][1] / result["lenz"][1]
        result["ratio_better_of_each"] = min(result["peer"].values()) / min(result["lenz"].values())
        return result


def number(ms):
    return f"{ms:.3g}" if ms < 100 else f"{ms:.0f}"


def table(rows, name):
    print(f"| work | {name}, one thread | two | lenz, one thread | two | ratio, one thread each | ratio, better of each |\n|---|---|---|---|---|---|---|")
    for r in rows:
        cells = [f"{number(r[who][t])} ms" if t in r[who] else "" for who in ("peer", "lenz") for t in (1, 2)]
        print(f"| {r['label']} | " + " | ".join(cells) + f" | {r['ratio_one_thread']:.1f} | {r['ratio_better_of_each']:.1f} |")
    for way in sorted({(r["label"], t, w) for r in rows for t, w in r["way"].items() if w != "as it is"}):
        talk("%s, %d threads: the peer was fastest with %s" % way)


def clock(command, folder):
    """Runs a process; returns its seconds and its peak memory in MB."""
    out = os.path.join(folder, "memory")
    start = time.perf_counter()
    subprocess.run(command, env=environment({}), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    subprocess.run(["/usr/bin/time", "-f", "%M", "-o", out, *command], env=environment({}), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(out) as f:
        return seconds, int(f.read()) / 1024


def forecasts(args, folder):
    """One forecast as a whole process: the times, the peak memory, and that the values are the same."""
    trained, out = args.run or os.path.join(folder, "run"), os.path.join(folder, "peer.csv")
    if not args.run:
        subprocess.run([args.lenz, "train", "--quiet", "--out", trained], check=True, stdout=subprocess.DEVNULL)
    theirs = [args.python, os.path.join(HERE, "torch_forecast.py"), trained, "--out", out]
    commands = {
        "lenz forecast RUN": [args.lenz, "forecast", trained, "--quiet", "--out", os.path.join(folder, "a")],
        "lenz forecast RUN --pictures=false": [args.lenz, "forecast", trained, "--quiet", "--pictures=false", "--out", os.path.join(folder, "b")],
        "Python, PyTorch": theirs,
    }
    measured = {name: [] for name in commands}
    for i in range(args.rounds + 1):
        for name, command in commands.items():
            m = clock(command, folder)
            if i > 0:  # the first one fills the cache of files
                measured[name].append(m)
    for sub in ("a", "b"):
        with open(os.path.join(folder, sub, "future.csv")) as ours, open(out) as other:
            a, b = list(csv.reader(ours)), list(csv.reader(other))
        if a[0][1:] != b[0][1:] or len(a) != len(b):
            sys.exit(f"lenz has the columns {a[0]} and {len(a)} lines, the peer {b[0]} and {len(b)}")
        for i, name in enumerate(a[0][1:], 1):
            peer.check(name, [r[i] for r in b[1:]], [r[i] for r in a[1:]], 1e-4)
    rows = [dict(label=n, seconds=statistics.median(s for s, _ in m), memory_mb=statistics.median(k for _, k in m)) for n, m in measured.items()]
    last = rows[-1]
    print("| process | seconds | peak memory | PyTorch's time over it | PyTorch's memory over it |\n|---|---|---|---|---|")
    for r in rows:
        print(f"| {r['label']} | {r['seconds']:.4f} s | {r['memory_mb']:.1f} MB | {last['seconds'] / r['seconds']:.1f} | {last['memory_mb'] / r['memory_mb']:.1f} |")
    return rows


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--lenz", required=True, help="path of the program")
    p.add_argument("--peer", required=True, choices=[*PEERS, "forecast"])
    p.add_argument("--python", default=sys.executable, help="interpreter that has the peer")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--reps", type=int, default=15, help="timed runs in each process")
    p.add_argument("--only", default="", help="rows whose name begins with this")
    p.add_argument("--json", default="", help="file for all numbers")
    p.add_argument("--run", default="", help="run directory for --peer forecast (default: lenz trains one)")
    args = p.parse_args()
    args.lenz = os.path.abspath(args.lenz)
    folder = tempfile.mkdtemp(prefix="lenz-compare-")
    try:
        if args.peer == "forecast":
            rows = forecasts(args, folder)
        else:
            rows = []
            for r in PEERS[args.peer]["rows"]:
                if r["label"].startswith(args.only):
                    talk(r["label"])
                    rows.append(Pair(args, r, folder).measure())
            if not rows:
                sys.exit(f"no row begins with {args.only!r}")
            table(rows, args.peer if args.peer == "unrolled" else rows[0]["versions"][1].split("+")[0])
    finally:
        shutil.rmtree(folder)
    if args.json:
        with open(args.json, "w") as f:
            json.dump(dict(peer=args.peer, rows=rows), f, indent=2)


if __name__ == "__main__":
    main()
