#!/usr/bin/python3
"""Golden numbers of the ridge autoregression, by scikit-learn. Prints ridge_golden.json.

Made with Python 3.11, numpy 1.24.2, scikit-learn 1.2.1; no random numbers: the series is a formula.
"""
import json
import numpy as np
import sklearn
from sklearn.linear_model import Ridge

t = np.arange(160, dtype=np.float64)
# Two targets and a covariate, far from zero and in different sizes.
a = 50 + 3 * np.sin(2 * np.pi * t / 12) + np.sin(0.37 * t * t / 10) + 0.02 * t
b = -4 + np.cos(2 * np.pi * t / 7) + 0.5 * np.sin(1.3 * t) * np.cos(0.11 * t * t)
c = 10 * np.sin(0.05 * t * t)
data = np.stack([a, b, c], 1)
L, H, TRAIN = 8, 3, 120


def windows(origins, columns, targets, center, lags=L):
    """Rows of lags, the most recent first, column by column; responses target by target."""
    X, Y = [], []
    for o in origins:
        x = np.concatenate([data[o - lags:o, j][::-1] - (data[o - 1, j] if center and j in targets else 0) for j in columns])
        y = np.concatenate([data[o:o + H, j] - (data[o - 1, j] if center else 0) for j in targets])
        X.append(x)
        Y.append(y)
    return np.array(X), np.array(Y)


train = range(L, TRAIN - H + 1)
test = range(TRAIN, 160 - H + 1)
cases = []
for name, groups, shared, center, alpha in [
    ("own", [([0], [0]), ([1], [1])], False, False, 0.5),
    ("own centred", [([0], [0]), ([1], [1])], False, True, 2.0),
    ("shared centred", [([0], [0]), ([1], [1])], True, True, 0.1),
    ("shared", [([0], [0]), ([1], [1])], True, False, 10.0),
    ("covariates", [([0, 1, 2], [0, 1])], False, False, 1.0),
    ("covariates centred", [([0, 1, 2], [0, 1])], False, True, 1.0),
]:
    sets = [windows(train, *g, center) for g in groups]
    if shared:
        sets = [(np.concatenate([x for x, _ in sets]), np.concatenate([y for _, y in sets]))]
    models = [Ridge(alpha=alpha, solver="cholesky").fit(x, y) for x, y in sets]
    forecasts = []  # [target][window, H]
    for i, (columns, targets) in enumerate(groups):
        m = models[0 if shared else i]
        x, _ = windows(test, columns, targets, center)
        y = m.predict(x).reshape(len(x), len(targets), H)
        for k, j in enumerate(targets):
            base = np.array([data[o - 1, j] if center else 0 for o in test])
            forecasts.append(y[:, k] + base[:, None])
    cases.append({"name": name, "ridge": alpha, "shared": shared, "center": center, "covariates": len(groups) == 1,
                  "forecasts": np.stack(forecasts, -1).reshape(-1).tolist(),  # [window, H, D]
                  "weights": models[0].coef_[:H].T.reshape(-1).tolist(),  # [features, H] of the first target
                  "intercept": models[0].intercept_[:H].tolist()})
print(json.dumps({"script": "ridge_golden.py", "sklearn": sklearn.__version__, "numpy": np.__version__,
                  "input": L, "horizon": H, "train": TRAIN, "columns": data.T.tolist(), "cases": cases}))
