#!/usr/bin/env python3
"""The work of `lenz bench esn|ridge|rbm|ising` in SciPy, ReservoirPy, scikit-learn or NumPy, on the data that lenz used.

    lenz bench esn --dump esn.safetensors
    OPENBLAS_CORETYPE=SkylakeX python3 docs/peers/scipy_step.py esn.safetensors --threads 2
    python3 docs/peers/scipy_step.py esn.safetensors --reservoirpy

For a reservoir and for a readout it first shows that it computes the same (to 1e-5 of the norm). An epoch of a Boltzmann machine and
a sweep of an Ising lattice draw random numbers of their own, so that only the sizes are lenz's. Prints one JSON object.
"""
import os

import peer

p = peer.arguments(__doc__)
p.add_argument("--reservoirpy", action="store_true", help="esn in ReservoirPy instead of SciPy")
args = p.parse_args()
os.environ["OPENBLAS_NUM_THREADS"] = str(args.threads)  # read when NumPy is loaded

import numpy as np

arrays, metadata = peer.load(args.file)
name = metadata["bench"]
RIDGE = 1e-6
if args.reservoirpy and name != "esn":
    p.error(f"--reservoirpy is for esn, the file is of {name}")
args.reps, args.warmup = min(args.reps, 5), min(args.warmup, 1)  # a run takes seconds


def readout(states, y):
    import scipy.linalg

    gram = states.T @ states
    gram[np.diag_indices(len(gram))] += RIDGE
    return scipy.linalg.solve(gram, states.T @ y, assume_a="pos")


def ridge():
    x, y = arrays["x"], arrays["y"]
    peer.check("weights", readout(x, y).ravel(), arrays["weights"].ravel(), peer.VALUES)
    return lambda: readout(x, y), "numpy " + np.__version__


def esn():
    import scipy
    import scipy.sparse

    w, win, u, y = scipy.sparse.csr_matrix(arrays["w"]), arrays["win"], arrays["u"], arrays["y"]
    states = np.empty((len(u), w.shape[0]))

    def run():
        h = np.zeros(w.shape[0])
        for t in range(len(u)):
            h = np.tanh(w @ h + win @ u[t])
            states[t] = h
        return readout(states, y)

    weights = run()
    peer.check("answers", (states @ weights).ravel(), arrays["answers"].ravel(), peer.VALUES)
    return run, "scipy " + scipy.__version__


def reservoirpy():
    import reservoirpy
    import scipy.sparse
    from reservoirpy.nodes import Reservoir, Ridge

    if hasattr(reservoirpy, "verbosity"):
        reservoirpy.verbosity(0)
    w, win, u, y = scipy.sparse.csr_matrix(arrays["w"]), arrays["win"], arrays["u"], arrays["y"]

    def run():
        model = Reservoir(W=w, Win=win, bias=np.zeros(w.shape[0]), lr=1.0) >> Ridge(ridge=RIDGE, fit_bias=False)
        return model.fit(u, y)

    model = run()
    model.reset()
    peer.check("answers", model.run(u).ravel(), arrays["answers"].ravel(), peer.VALUES)
    return run, "reservoirpy " + reservoirpy.__version__


def rbm():
    import sklearn
    from sklearn.neural_network import BernoulliRBM

    v, n, b, rows = (int(metadata[k]) for k in ("V", "N", "B", "rows"))
    x = (np.random.RandomState(0).rand(rows, v) < 0.2).astype(np.float32)
    machine = BernoulliRBM(n, batch_size=b, n_iter=1, learning_rate=0.01, random_state=0)
    return lambda: machine.fit(x), "scikit-learn " + sklearn.__version__


def ising():
    size, sweeps, temperature = int(metadata["L"]), int(metadata["sweeps"]), 2.269185
    rng = np.random.RandomState(0)
    spins = np.where(rng.rand(size, size) < 0.5, 1, -1).astype(np.int8)
    rows, columns = np.indices((size, size))
    colours = [(rows + columns) % 2 == c for c in (0, 1)]

    def run():
        for _ in range(sweeps):
            for colour in colours:
                around = sum(np.roll(spins, shift, axis) for shift in (1, -1) for axis in (0, 1))
                flip = colour & (rng.rand(size, size) < np.exp(-2 / temperature * spins * around))
                spins[flip] *= -1

    args.reps = min(args.reps, 3)
    return run, "numpy " + np.__version__


work, version = {"ridge": ridge, "esn": reservoirpy if args.reservoirpy else esn, "rbm": rbm, "ising": ising}[name]()
peer.report(name, version, args.threads, peer.timed(work, args.reps, args.warmup))
