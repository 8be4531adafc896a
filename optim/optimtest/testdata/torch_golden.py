#!/usr/bin/env python3
"""Writes torch_golden.json: trajectories of PyTorch's optimizers and schedules in float64.

  env -u OPENBLAS_CORETYPE /usr/bin/python3 torch_golden.py > torch_golden.json

The problem is Rosenbrock's function in four dimensions, chained, as two parameters: a of shape [3] and b of shape
[1]. Its gradient is written out, so that both sides compute it by the same operations. There is no randomness.
Points are the values of a and b after every tenth of a hundred steps. Schedules run at a base rate of 1, so that a
rate is a factor; an epoch has `per_epoch` updates.
"""
import json
import torch

torch.set_default_dtype(torch.float64)


def gradient(x):
    g = [0.0] * len(x)
    for i in range(len(x) - 1):
        r = x[i + 1] - x[i] * x[i]
        g[i] += -400 * x[i] * r - 2 * (1 - x[i])
        g[i + 1] += 200 * r
    return g


def trajectory(name, settings, make, l2=0.0):
    a = torch.nn.Parameter(torch.tensor([-1.2, 1.0, -0.5]))
    b = torch.nn.Parameter(torch.tensor([0.8]))
    opt = make([a, b])
    points = []
    for step in range(1, 101):
        g = gradient(a.tolist() + b.tolist())
        a.grad, b.grad = torch.tensor(g[:3]), torch.tensor(g[3:])
        opt.step()
        if step % 10 == 0:
            points.append(a.tolist() + b.tolist())
    return dict(name=name, settings=settings, l2=l2, points=points)


O = torch.optim
optimizers = [
    trajectory("sgd", {"rate": "0.0005"}, lambda p: O.SGD(p, 0.0005)),
    trajectory("sgd", {"rate": "0.0005"}, lambda p: O.SGD(p, 0.0005, weight_decay=0.3), 0.3),
    trajectory("momentum", {"rate": "0.0002", "mu": "0.9"}, lambda p: O.SGD(p, 0.0002, momentum=0.9)),
    trajectory("momentum", {"rate": "0.0002", "mu": "0.7"}, lambda p: O.SGD(p, 0.0002, momentum=0.7, weight_decay=0.3), 0.3),
    trajectory("nesterov", {"rate": "0.0002", "mu": "0.9"}, lambda p: O.SGD(p, 0.0002, momentum=0.9, nesterov=True)),
    trajectory("nesterov", {"rate": "0.0002", "mu": "0.7"},
               lambda p: O.SGD(p, 0.0002, momentum=0.7, nesterov=True, weight_decay=0.3), 0.3),
    trajectory("adam", {}, lambda p: O.Adam(p)),
    trajectory("adam", {"rate": "0.05", "beta1": "0.8", "beta2": "0.95", "epsilon": "0.01"},
               lambda p: O.Adam(p, 0.05, (0.8, 0.95), 0.01)),
    trajectory("adam", {"rate": "0.05"}, lambda p: O.Adam(p, 0.05, weight_decay=0.3), 0.3),
    trajectory("adamw", {}, lambda p: O.AdamW(p)),
    trajectory("adamw", {"rate": "0.05", "beta1": "0.8", "beta2": "0.95", "epsilon": "0.01", "lambda": "0.5"},
               lambda p: O.AdamW(p, 0.05, (0.8, 0.95), 0.01, 0.5)),
]


def rates(name, settings, make, updates, per_epoch=1, losses=None, each_update=False):
    opt = O.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
    s = make(opt)
    out = []
    for u in range(updates):
        out.append(opt.param_groups[0]["lr"])
        opt.step()
        ended = (u + 1) % per_epoch == 0
        if losses is not None:
            if ended:
                s.step(losses[u // per_epoch])
        elif (each_update or ended) and u + 1 < updates:
            s.step()
    return dict(name=name, settings=settings, total=updates, per_epoch=per_epoch, losses=losses or [], factors=out)


S = torch.optim.lr_scheduler
falling = [1, 0.5, 0.4, 0.39999, 0.41, 0.4, 0.42, 0.3, 0.35, 0.31, 0.36, 0.37, 0.38, 0.29, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
schedules = [
    rates("step", {"every": "3", "gamma": "0.5"}, lambda o: S.StepLR(o, 3, 0.5), 40, 4),
    rates("multistep", {"epochs": "2,3,7", "gamma": "0.3"}, lambda o: S.MultiStepLR(o, [2, 3, 7], 0.3), 40, 4),
    rates("exponential", {"gamma": "0.9"}, lambda o: S.ExponentialLR(o, 0.9), 40, 4),
    rates("cosine", {}, lambda o: S.CosineAnnealingLR(o, 40), 40, 4, each_update=True),
    rates("cosine", {"min": "0.1"}, lambda o: S.CosineAnnealingLR(o, 40, 0.1), 40, 4, each_update=True),
    rates("onecycle", {}, lambda o: S.OneCycleLR(o, 1.0, 40, cycle_momentum=False), 40, 4, each_update=True),
    rates("onecycle", {"share": "0.45", "div": "10", "finaldiv": "50"},
          lambda o: S.OneCycleLR(o, 1.0, 33, pct_start=0.45, div_factor=10, final_div_factor=50, cycle_momentum=False),
          33, 4, each_update=True),
    rates("plateau", {"gamma": "0.5", "patience": "1"},
          lambda o: S.ReduceLROnPlateau(o, factor=0.5, patience=1), 40, 2, losses=falling),
    rates("plateau", {"gamma": "0.1", "patience": "0", "threshold": "0.05", "cooldown": "2", "min": "0.001"},
          lambda o: S.ReduceLROnPlateau(o, factor=0.1, patience=0, threshold=0.05, cooldown=2, min_lr=0.001), 40, 2, losses=falling),
]

print(json.dumps(dict(torch=torch.__version__, optimizers=optimizers, schedules=schedules), indent=1))
