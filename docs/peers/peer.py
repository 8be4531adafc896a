"""What the scripts in this folder share: reading the safetensors files of `lenz bench --dump`, comparing, timing."""
import json
import math
import struct
import time


def read(path):
    """Returns {name: (type, shape, bytes)} and the metadata of a safetensors file. Needs nothing but Python."""
    with open(path, "rb") as f:
        (size,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(size))
        data = f.read()
    metadata = header.pop("__metadata__", {})
    return {k: (v["dtype"], v["shape"], data[slice(*v["data_offsets"])]) for k, v in header.items()}, metadata


def load(path):
    """Returns {name: NumPy array} and the metadata."""
    import numpy as np

    tensors, metadata = read(path)
    types = {"F32": "<f4", "F64": "<f8"}
    return {k: np.frombuffer(b, types[t]).reshape(s).copy() for k, (t, s, b) in tensors.items()}, metadata


def check(name, got, want, tolerance):
    """Ends the program unless |got - want| <= tolerance * |want|, in the 2-norm, for flat lists of numbers."""
    got, want = [float(v) for v in got], [float(v) for v in want]
    if len(got) != len(want):
        raise SystemExit(f"{name} has {len(got)} values, lenz has {len(want)}")
    off = math.sqrt(sum((a - b) ** 2 for a, b in zip(got, want)))
    norm = math.sqrt(sum(b * b for b in want))
    if not off <= tolerance * norm:
        raise SystemExit(f"{name} differs from lenz's by {off:.3g}, its norm is {norm:.3g}; allowed is {tolerance:g} of that")


LOSS, GRADIENT, VALUES = 1e-5, 1e-4, 1e-5  # of the norm: float32 sums in another order


def timed(f, reps, warmup):
    """Returns the milliseconds of each call after the warm-up, ascending."""
    times = []
    for i in range(warmup + reps):
        start = time.perf_counter()
        f()
        if i >= warmup:
            times.append(1e3 * (time.perf_counter() - start))
    return sorted(times)


def report(name, peer, threads, times):
    """Prints the JSON object that compare.py reads."""
    print(json.dumps(dict(name=name, peer=peer, threads=threads, reps=len(times), median_ms=times[len(times) // 2], min_ms=times[0], max_ms=times[-1])))


def arguments(doc):
    """Returns a parser with what all scripts take: the file, --threads, --reps, --warmup."""
    import argparse

    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("file", help="written by lenz bench NAME --dump FILE")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--reps", type=int, default=15)
    p.add_argument("--warmup", type=int, default=3)
    return p
