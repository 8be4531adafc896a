#!/usr/bin/env python3
"""Writes authors_golden.json: trajectories of optimizers' own packages in float64.

  python3 authors_golden.py > authors_golden.json

schedulefree 1.4.1, prodigyopt 1.1.2, adabelief-pytorch 0.2.1, lion-pytorch 0.2.5, muon-optimizer 0.1.0, with PyTorch 2.15.0.
Muon iterates in bfloat16; here it is made to stay in float64. See golden.py for the problems.
"""
import contextlib, json, sys
import torch
from golden import AT, PROBLEMS, cosine, cut

torch.set_default_dtype(torch.float64)
torch.Tensor.bfloat16 = lambda self: self
with contextlib.redirect_stdout(sys.stderr):
    import muon
    from adabelief_pytorch import AdaBelief
    from lion_pytorch import Lion
    from prodigyopt import Prodigy
    from schedulefree import AdamWScheduleFree


def flat(ps):
    return torch.cat([p.detach().reshape(-1) for p in ps]).tolist()


def trajectory(name, settings, make, problem="rosenbrock", schedule=""):
    loss, start, shapes = PROBLEMS[problem]
    ps = [torch.nn.Parameter(torch.tensor(v)) for v in cut(start, shapes)]
    opt = make(ps)
    rates = [g["lr"] for g in opt.param_groups]
    points = []
    for step in range(1, 101):
        if hasattr(opt, "train"):
            opt.train()
        if schedule:
            for g, r in zip(opt.param_groups, rates):
                g["lr"] = r * cosine(step - 1)
        for p, v in zip(ps, cut(loss(flat(ps))[1], shapes)):
            p.grad = torch.tensor(v)
        opt.step()
        if step in AT[problem]:
            x, average = flat(ps), []
            if hasattr(opt, "eval"):
                opt.eval()
                average = flat(ps)
                opt.train()
            points.append(dict(step=step, x=x, average=average))
    return dict(name=name, settings=settings, l2=0, problem=problem, schedule=schedule, clip=0, decay=0, wrap={}, points=points)


def both(name, settings, make):
    """On both problems, without and with a schedule."""
    return [trajectory(name, settings, make, q, s) for q in PROBLEMS for s in ("", "cosine")]


S = lambda **k: {a.rstrip("_"): str(v) for a, v in k.items()}


def belief(p, lr, betas, eps, decay):
    return AdaBelief(p, lr, betas, eps, decay, weight_decouple=True, rectify=False, print_change_log=False)


def muon_for(lr, momentum, decay):
    def make(ps):
        groups = [dict(params=[p for p in ps if p.ndim == 2], use_muon=True, lr=lr, momentum=momentum, weight_decay=decay),
                  dict(params=[p for p in ps if p.ndim < 2], use_muon=False, lr=lr * 0.5, betas=(0.9, 0.95), eps=1e-10, weight_decay=decay)]
        return muon.SingleDeviceMuonWithAuxAdam([g for g in groups if g["params"]])
    return make


with contextlib.redirect_stdout(sys.stderr):
    optimizers = sum([
        both("lion", S(rate=1e-3), lambda p: Lion(p, 1e-3)),
        both("lion", S(rate=0.01, beta1=0.8, beta2=0.95, lambda_=0.3), lambda p: Lion(p, 0.01, (0.8, 0.95), 0.3)),
        both("adabelief", S(), lambda p: belief(p, 1e-3, (0.9, 0.999), 1e-16, 0)),
        both("adabelief", S(rate=0.05, beta1=0.8, beta2=0.95, epsilon=1e-6, lambda_=0.3), lambda p: belief(p, 0.05, (0.8, 0.95), 1e-6, 0.3)),
        both("schedulefree", S(), lambda p: AdamWScheduleFree(p, foreach=False)),
        both("schedulefree", S(rate=0.02, beta1=0.8, beta2=0.95, lambda_=0.3),
             lambda p: AdamWScheduleFree(p, 0.02, (0.8, 0.95), weight_decay=0.3, foreach=False)),
        both("prodigy", S(), lambda p: Prodigy(p)),
        both("prodigy", S(rate=0.5, beta1=0.8, beta2=0.95, d0=1e-3, growth=2, lambda_=0.1),
             lambda p: Prodigy(p, 0.5, (0.8, 0.95), d0=1e-3, d_coef=2, weight_decay=0.1)),
        both("muon", S(adam=0.5), muon_for(0.02, 0.95, 0)),
        both("muon", S(rate=0.01, mu=0.8, adam=0.5, lambda_=0.3), muon_for(0.01, 0.8, 0.3)),
    ], [])

print(json.dumps(dict(source="the authors' packages, on PyTorch " + torch.__version__.split("+")[0], optimizers=optimizers, schedules=[])))
