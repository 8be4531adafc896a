#!/usr/bin/env python3
"""The product of `lenz bench gemm` in the BLAS of NumPy, on the matrices that lenz multiplied.

    lenz bench gemm --m 512 --n 512 --k 512 --dump product.safetensors
    OPENBLAS_CORETYPE=Haswell python3 docs/peers/openblas_gemm.py product.safetensors

It first shows that the product is the same to 1e-5 of its norm, then times it and prints one JSON object.
"""
import os

import peer

args = peer.arguments(__doc__).parse_args()
os.environ["OPENBLAS_NUM_THREADS"] = str(args.threads)  # read when NumPy is loaded

import numpy as np

arrays, metadata = peer.load(args.file)
a, b, c = arrays["a"], arrays["b"], arrays["c"]
peer.check("product", (a @ b).ravel(), c.ravel(), peer.VALUES)
peer.report(metadata["bench"], "numpy " + np.__version__, args.threads, peer.timed(lambda: np.matmul(a, b, out=c), args.reps, args.warmup))
