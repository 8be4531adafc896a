"""Golden values of scipy.stats for the tests of this package: python3 goldens.py > goldens.json"""
import json
import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(20240131)
signed, paired = [], []
for n in (2, 3, 5, 6, 8, 10, 15, 20, 25, 50):
    for shift in (0.0, 0.5, 2.0):
        d = rng.normal(shift, 1, n)
        signed.append({"d": d.tolist(), "p": float(stats.wilcoxon(d, mode="exact").pvalue)})
        paired.append({"d": d.tolist(), "p": float(stats.ttest_1samp(d, 0).pvalue)})
d = rng.normal(0.1, 1, 400)
large = {"d": d.tolist(), "p": float(stats.wilcoxon(d, mode="approx", correction=True).pvalue)}
# Coverage of the k-th and (n+1-k)-th order statistic for the median.
median = [{"n": n, "k": k, "coverage": float(1 - 2 * stats.binom.cdf(k - 1, n, 0.5))}
          for n, k in ((5, 1), (6, 1), (8, 1), (9, 2), (10, 2), (20, 6), (30, 10))]
# Power of the two-sided paired t test at an effect of delta standard deviations.
power = []
for n, m in ((5, 1), (10, 1), (10, 15), (20, 15), (30, 6)):
    for delta in (0.5, 1.0, 1.5, 2.0, 3.0):
        c = stats.t.ppf(1 - 0.05 / (2 * m), n - 1)
        nc = delta * np.sqrt(n)
        power.append({"n": n, "m": m, "delta": delta,
                      "power": float(stats.nct.sf(c, n - 1, nc) + stats.nct.cdf(-c, n - 1, nc))})
print(json.dumps({"made_by": f"goldens.py, scipy {scipy.__version__}, numpy {np.__version__}, seed 20240131",
                  "signed": signed, "paired": paired, "large": large, "median": median, "power": power}))
