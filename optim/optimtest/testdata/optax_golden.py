#!/usr/bin/env python3
"""Writes optax_golden.json: trajectories of Optax 0.2.8 (JAX 0.10.2) in float64.

  JAX_PLATFORMS=cpu python3 optax_golden.py > optax_golden.json

See golden.py for the problems. Optax's adaptive clipping takes units along the first axis, as Haiku's matrices are
[in, out]; here it is told the last axis, as PyTorch's are [out, in].
"""
import json
import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
import optax
from golden import AT, PROBLEMS, cosine, cut


def flat(ps):
    return np.concatenate([np.asarray(p).reshape(-1) for p in ps]).tolist()


def trajectory(name, settings, rate, make, problem="rosenbrock", schedule="", wrap=None, lookahead=False, sam=False):
    loss, start, shapes = PROBLEMS[problem]

    def grads(ps):
        return [jnp.array(v) for v in cut(loss(flat(ps))[1], shapes)]

    ps = [jnp.array(v) for v in cut(start, shapes)]
    opt = make((lambda n: rate * cosine_array(n)) if schedule else rate)
    if lookahead:
        ps = optax.LookaheadParams.init_synced(ps)
    state = opt.init(ps)
    points = []
    for step in range(1, 101):
        here = ps.fast if lookahead else ps
        extra = dict(grad_fn=lambda p, _: grads(p)) if sam else {}
        updates, state = opt.update(grads(here), state, ps, **extra)
        ps = optax.apply_updates(ps, updates)
        if step in AT[problem]:
            points.append(dict(step=step, x=flat(ps.fast if lookahead else ps), average=flat(ps.slow) if lookahead else []))
    return dict(name=name, settings=settings, l2=0, problem=problem, schedule=schedule, clip=0, decay=0, wrap=wrap or {}, points=points)


def cosine_array(n):
    return (1 + jnp.cos(jnp.pi * n / 100)) / 2


def both(name, settings, rate, make, **k):
    return [trajectory(name, settings, rate, make, q, s, **k) for q in PROBLEMS for s in ("", "cosine")]


S = lambda **k: {a.rstrip("_"): str(v) for a, v in k.items()}


def sam(inner, rho):
    return optax.contrib.sam(inner, optax.chain(optax.contrib.normalize(), optax.sgd(rho)), sync_period=2, opaque_mode=True)


def clipped(rate):
    # a vector is one unit, a matrix has one in each row
    label = lambda ps: ["matrix" if p.ndim == 2 else "vector" for p in ps]
    return optax.chain(optax.partition({"matrix": optax.adaptive_grad_clip(0.05, axis=1), "vector": optax.adaptive_grad_clip(0.05)}, label),
                       optax.sgd(rate))


optimizers = sum([
    both("lamb", S(lambda_=0), 0.001, lambda r: optax.lamb(r)),
    both("lamb", S(rate=0.02, beta1=0.8, beta2=0.95, epsilon=1e-4, lambda_=0.3), 0.02, lambda r: optax.lamb(r, 0.8, 0.95, 1e-4, weight_decay=0.3)),
    both("sgd", S(rate=0.001), 0.001, lambda r: optax.lookahead(optax.sgd(r), 5, 0.5), wrap={"lookahead": "5:0.5"}, lookahead=True),
    both("adam", S(rate=0.05), 0.05, lambda r: optax.lookahead(optax.adam(r), 3, 0.8), wrap={"lookahead": "3:0.8"}, lookahead=True),
    both("sgd", S(rate=0.0005), 0.0005, lambda r: sam(optax.sgd(r), 0.05), wrap={"sam": "0.05"}, sam=True),
    both("adam", S(rate=0.01), 0.01, lambda r: sam(optax.adam(r), 0.1), wrap={"sam": "0.1"}, sam=True),
    both("sgd", S(rate=0.1), 0.1, clipped, wrap={"agc": "0.05"}),
    both("sgd", S(rate=0.0005), 0.0005, lambda r: optax.chain(optax.centralize(), optax.sgd(r)), wrap={"centralize": "1"}),
    both("sgd", S(rate=0.001), 0.001, lambda r: optax.chain(optax.clip(1.5), optax.sgd(r)), wrap={"clipvalue": "1.5"}),
], [])

print(json.dumps(dict(source="Optax " + optax.__version__, optimizers=optimizers, schedules=[])))
