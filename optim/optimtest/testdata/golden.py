"""What the golden scripts share: the problems, and how a trajectory is written down.

Gradients are written out, so that both sides compute them by the same operations. There is no randomness. A trajectory
is a hundred steps in float64; its points are the parameters after some of them. Under the schedule "cosine" the rate
falls along half a cosine over the hundred steps.
"""
import math


def rosenbrock(x):
    """Rosenbrock's function in four dimensions, chained: loss and gradient."""
    f, g = 0.0, [0.0] * len(x)
    for i in range(len(x) - 1):
        r, s = x[i + 1] - x[i] * x[i], 1 - x[i]
        f += 100 * r * r + s * s
        g[i] += -400 * x[i] * r - 2 * s
        g[i + 1] += 200 * r
    return f, g


N, K, M = 4, 3, 5  # A is [N, K], B is [K, M], b is [M]


def value(i, scale):
    return scale * math.sin(float(1 + 3 * i * i))


def product(x, i, j):
    s = x[N * K + K * M + j]
    for l in range(K):
        s += x[i * K + l] * x[N * K + l * M + j]
    return s


COUNT = N * K + K * M + M
TRUTH = [value(i + 100, 1) for i in range(COUNT)]
TARGET = [product(TRUTH, i // M, i % M) for i in range(N * M)]


def factors(x):
    """|A B + b - M|^2 / 2: loss and gradient."""
    f, g = 0.0, [0.0] * COUNT
    for i in range(N):
        for j in range(M):
            r = product(x, i, j) - TARGET[i * M + j]
            f += r * r / 2
            for l in range(K):
                g[i * K + l] += r * x[N * K + l * M + j]
                g[N * K + l * M + j] += r * x[i * K + l]
            g[N * K + K * M + j] += r
    return f, g


# name: loss and gradient, start, shapes of the parameters
PROBLEMS = {
    "rosenbrock": (rosenbrock, [-1.2, 1.0, -0.5, 0.8], [(3,), (1,)]),
    "factors": (factors, [value(i, 0.5) for i in range(COUNT)], [(N, K), (K, M), (M,)]),
}
AT = {"rosenbrock": [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], "factors": [1, 2, 10, 50, 100]}


def cosine(step):
    """Factor of the rate of the step, counted from 0."""
    return (1 + math.cos(math.pi * step / 100)) / 2


def cut(x, shapes):
    """The flat list as nested lists of these shapes."""
    out, at = [], 0
    for s in shapes:
        n = math.prod(s)
        flat = x[at:at + n]
        out.append(flat if len(s) == 1 else [flat[i * s[1]:(i + 1) * s[1]] for i in range(s[0])])
        at += n
    return out
