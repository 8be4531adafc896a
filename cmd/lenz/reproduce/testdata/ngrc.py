"""What NumPy and SciPy give for the experiments of Gauthier et al. 2021, from many starts instead of ten.

Settings are those of the authors' programs (LorenzConstLinQuadraticNVARtimedelayNRMSE-RK23.py, DoubleScrollNVAR-RK23.py at
quantinfo/ng-rc-paper-code): RK23 with SciPy's default tolerances, their first state, 400 rows to learn from, one Lyapunov time of
forecast whose first row is the last that was given, errors over the sum of the coordinates' variances. Starts follow each other on one
trajectory; the time grid is dt exactly. The authors' pinv of X'X + ridge I, whose condition is 3e14 for Lorenz's system, cuts off or blurs its smallest
directions; "lstsq" solves from the rows themselves, whose condition is the root of that.

    /usr/bin/python3 ngrc.py lorenz 2000 pinv
    /usr/bin/python3 ngrc.py lorenz 2000 lstsq
    /usr/bin/python3 ngrc.py double-scroll 500 pinv
"""
import itertools
import sys

import numpy as np
import scipy
from scipy.integrate import solve_ivp


def lorenz(t, s):
    return [10 * (s[1] - s[0]), s[0] * (28 - s[2]) - s[1], s[0] * s[1] - 8 / 3 * s[2]]


def double_scroll(t, s):
    dv = s[0] - s[1]
    g = dv / 3.44 + 2 * 2.25e-5 * np.sinh(11.6 * dv)
    return [s[0] / 1.2 - g, g - s[2], s[1] - 0.193 * s[2]]


def learn(rows, warm, train, test, features, ridge, solver):
    """rows [n, 3] -> training and test error of one start"""
    now = np.hstack([rows[1:], rows[:-1]])  # row i holds the states i+1 and i
    x = np.array([features(v) for v in now[warm - 2 : warm + train - 2]])
    step = rows[warm : warm + train] - rows[warm - 1 : warm + train - 1]
    n = x.shape[1]
    if solver == "pinv":
        w = step.T @ x @ np.linalg.pinv(x.T @ x + ridge * np.identity(n))
    else:
        w = np.linalg.lstsq(np.vstack([x, np.sqrt(ridge) * np.identity(n)]), np.vstack([step, np.zeros((n, 3))]), rcond=None)[0].T
    variance = rows.var(axis=0).sum()
    trained = np.sqrt(np.mean((step - x @ w.T) ** 2) / variance)
    state, wrong = now[warm + train - 2].copy(), []
    for j in range(test):
        wrong.append(state[:3] - rows[warm + train - 1 + j])
        state = np.concatenate([state[:3] + w @ features(state), state[:3]])
    return trained, np.sqrt(np.mean(np.square(wrong)) / variance)


def main(name, count, solver):
    pairs = np.triu_indices(6)
    triples = np.array(list(itertools.combinations_with_replacement(range(6), 3))).T
    slope, first, dt, warm, train, test, after, ridge, features = {
        "lorenz": (lorenz, [17.67715816276679, 12.931379185960404, 43.91404334248268], 0.025, 200, 400, 44, 44, 2.5e-6,
                   lambda v: np.concatenate([[1], v, v[pairs[0]] * v[pairs[1]]])),
        "double-scroll": (double_scroll, [0.37926545, 0.058339, -0.08167691], 0.25, 4, 400, 31, 3200, 1e-3,
                          lambda v: np.concatenate([v, v[triples[0]] * v[triples[1]] * v[triples[2]]])),
    }[name]
    length = warm + train + after + 1
    grid = np.arange(count * train + length) * dt
    rows = solve_ivp(slope, (0, grid[-1]), first, t_eval=grid, method="RK23").y.T
    np.seterr(all="ignore")
    out = np.array([learn(rows[i * train : i * train + length], warm, train, test, features, ridge, solver) for i in range(count)])
    out[~np.isfinite(out)] = np.inf  # loops that diverged
    print(f"{name}, {count} starts, {solver}, NumPy {np.__version__}, SciPy {scipy.__version__}")
    for i in range(3):
        print("start %d: training %.8e test %.8e" % (i, *out[i]))
    print("training: mean %.5e" % out[:, 0].mean())
    print("test: mean %.4e, median %.4e; quantiles 5 25 75 95 %%" % (out[:, 1].mean(), np.median(out[:, 1])), np.quantile(out[:, 1], [0.05, 0.25, 0.75, 0.95]))
    tens = np.median(out[: count // 10 * 10, 1].reshape(-1, 10), axis=1)
    print("medians of tens: 5 25 50 75 95 %", np.quantile(tens, [0.05, 0.25, 0.5, 0.75, 0.95]))


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
