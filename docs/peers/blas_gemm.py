#!/usr/bin/env python3
"""The products that `lenz bench gemm` times, on the BLAS that NumPy uses: C = A B, row-major. Prints one JSON object.

    OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=SkylakeX python3 docs/peers/blas_gemm.py --m 32 --n 512 --k 128 --dtype float32

OPENBLAS_CORETYPE picks OpenBLAS's kernels; an old version may not know a new processor, and OPENBLAS_VERBOSE=2 prints what it
takes it for. Use the fastest that runs. `--op syrk` times the Gram matrix A^T A of A [k, n], of which BLAS computes one half
and NumPy copies it to the other; `--op cholesky` factors an n x n matrix.
"""
import argparse
import json
import os
import statistics
import time

import numpy as np

parser = argparse.ArgumentParser(description=__doc__)
for name, default in [("m", 32), ("n", 512), ("k", 128), ("reps", 200), ("warmup", 20)]:
    parser.add_argument(f"--{name}", type=int, default=default)
parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
parser.add_argument("--op", choices=["gemm", "syrk", "cholesky"], default="gemm")
args = parser.parse_args()

m, n, k = args.m, args.n, args.k
rng = np.random.default_rng(1)
a = rng.standard_normal((m if args.op == "gemm" else k, k if args.op == "gemm" else n)).astype(args.dtype)
if args.op == "gemm":
    b, c = rng.standard_normal((k, n)).astype(args.dtype), np.empty((m, n), args.dtype)
    flops, run = 2 * m * n * k, lambda: np.matmul(a, b, out=c)
elif args.op == "syrk":
    c = np.empty((n, n), args.dtype)
    flops, run = n * (n + 1) * k, lambda: np.matmul(a.T, a, out=c)
else:
    from scipy.linalg import lapack

    potrf = {"float32": lapack.spotrf, "float64": lapack.dpotrf}[args.dtype]
    spd = np.asfortranarray(a.T @ a + n * np.eye(n, dtype=args.dtype))
    flops, run = n**3 / 3, lambda: potrf(spd, lower=True)

times = []
for _ in range(args.warmup + args.reps):
    start = time.perf_counter()
    run()
    times.append(1e3 * (time.perf_counter() - start))
times = times[args.warmup :]
median = statistics.median(times)
print(
    json.dumps(
        {
            "op": args.op, "m": m, "n": n, "k": k, "dtype": args.dtype, "peer": f"numpy {np.__version__}",
            "coretype": os.environ.get("OPENBLAS_CORETYPE", ""), "threads": os.environ.get("OPENBLAS_NUM_THREADS", ""),
            "reps": len(times), "median_ms": median, "min_ms": min(times), "gflops": flops / median / 1e6,
        }
    )
)
