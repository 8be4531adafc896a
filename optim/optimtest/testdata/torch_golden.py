#!/usr/bin/env python3
"""Writes torch_golden.json: trajectories of PyTorch's optimizers, averages and schedules in float64.

  python3 torch_golden.py > torch_golden.json          (PyTorch 2.15.0, CPU)

See golden.py for the problems. Schedules run at a base rate of 1, so that a rate is a factor; an epoch has `per_epoch`
updates.
"""
import json
import torch
from golden import AT, PROBLEMS, cosine, cut
from torch.optim.swa_utils import AveragedModel, get_ema_avg_fn

torch.set_default_dtype(torch.float64)


class Net(torch.nn.Module):
    def __init__(self, values):
        super().__init__()
        self.p = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(v)) for v in values])


def flat(net):
    return torch.cat([p.detach().reshape(-1) for p in net.p]).tolist()


def trajectory(name, settings, make, l2=0.0, problem="rosenbrock", schedule="", clip=0.0, decay=0.0, average=None, wrap=None, at=None):
    loss, start, shapes = PROBLEMS[problem]
    net = Net(cut(start, shapes))
    opt = make(list(net.p))
    mean = average(net) if average else None
    rates = [g["lr"] for g in opt.param_groups]
    points = []

    def closure():
        f, g = loss(flat(net))
        for p, v in zip(net.p, cut(g, shapes)):
            p.grad = torch.tensor(v)
        return f

    for step in range(1, 101):
        if schedule:
            for g, r in zip(opt.param_groups, rates):
                g["lr"] = r * cosine(step - 1)
        if isinstance(opt, torch.optim.LBFGS):
            opt.step(closure)
        else:
            closure()
            if clip:
                torch.nn.utils.clip_grad_norm_(net.p, clip)
            opt.step()
        if mean:
            mean.update_parameters(net)
        if step in (at or AT[problem]):
            points.append(dict(step=step, x=flat(net), average=flat(mean.module) if mean else []))
    return dict(name=name, settings=settings, l2=l2, problem=problem, schedule=schedule, clip=clip, decay=decay,
                wrap=wrap or {}, points=points)


O = torch.optim


def family(name, settings, make, l2=0.3):
    """On both problems, and with weight decay and a schedule. make takes parameters and further arguments."""
    return [
        trajectory(name, settings, make),
        trajectory(name, settings, make, problem="factors", schedule="cosine"),
        trajectory(name, settings, lambda p: make(p, weight_decay=l2), l2, schedule="cosine"),
        trajectory(name, settings, lambda p: make(p, weight_decay=l2), l2, problem="factors"),
    ]


S = lambda **k: {a: str(v) for a, v in k.items()}
optimizers = sum([
    family("sgd", S(rate=0.0005), lambda p, **k: O.SGD(p, 0.0005, **k)),
    family("momentum", S(rate=0.0002, mu=0.9), lambda p, **k: O.SGD(p, 0.0002, momentum=0.9, **k)),
    family("momentum", S(rate=0.0002, mu=0.7), lambda p, **k: O.SGD(p, 0.0002, momentum=0.7, **k)),
    family("nesterov", S(rate=0.0002, mu=0.9), lambda p, **k: O.SGD(p, 0.0002, momentum=0.9, nesterov=True, **k)),
    family("adagrad", S(rate=0.1), lambda p, **k: O.Adagrad(p, 0.1, **k)),
    family("adagrad", S(), lambda p, **k: O.Adagrad(p, **k)),
    family("adadelta", S(rate=5, rho=0.9), lambda p, **k: O.Adadelta(p, 5, **k)),
    family("adadelta", S(rho=0.95, epsilon=1e-4), lambda p, **k: O.Adadelta(p, 1, 0.95, 1e-4, **k)),
    family("rmsprop", S(rate=0.01, rho=0.99), lambda p, **k: O.RMSprop(p, **k)),
    family("rmsprop", S(rate=0.002, rho=0.9, centred="true"), lambda p, **k: O.RMSprop(p, 0.002, 0.9, centered=True, **k)),
    family("rmsprop", S(rate=0.002, rho=0.9, mu=0.9), lambda p, **k: O.RMSprop(p, 0.002, 0.9, momentum=0.9, **k)),
    family("rmsprop", S(rate=0.002, rho=0.95, mu=0.8, epsilon=1e-4, centred="true"),
           lambda p, **k: O.RMSprop(p, 0.002, 0.95, 1e-4, momentum=0.8, centered=True, **k)),
    family("adam", S(), lambda p, **k: O.Adam(p, **k)),
    family("adam", S(rate=0.05, beta1=0.8, beta2=0.95, epsilon=0.01), lambda p, **k: O.Adam(p, 0.05, (0.8, 0.95), 0.01, **k)),
    family("amsgrad", S(), lambda p, **k: O.Adam(p, amsgrad=True, **k)),
    family("amsgrad", S(rate=0.05, beta1=0.8, beta2=0.9), lambda p, **k: O.Adam(p, 0.05, (0.8, 0.9), amsgrad=True, **k)),
    family("adamax", S(), lambda p, **k: O.Adamax(p, **k)),
    family("adamax", S(rate=0.05, beta1=0.8, beta2=0.95), lambda p, **k: O.Adamax(p, 0.05, (0.8, 0.95), **k)),
    family("nadam", S(), lambda p, **k: O.NAdam(p, **k)),
    family("nadam", S(rate=0.05, beta1=0.8, beta2=0.95, psi=0.1), lambda p, **k: O.NAdam(p, 0.05, (0.8, 0.95), momentum_decay=0.1, **k)),
    family("radam", S(), lambda p, **k: O.RAdam(p, **k)),
    family("radam", S(rate=0.0005, beta1=0.8, beta2=0.95), lambda p, **k: O.RAdam(p, 0.0005, (0.8, 0.95), **k)),
    [trajectory("adamw", S(**{"lambda": 0.01}), lambda p: O.AdamW(p)),
     trajectory("adamw", S(rate=0.05, beta1=0.8, beta2=0.95, epsilon=0.01, **{"lambda": 0.5}),
                lambda p: O.AdamW(p, 0.05, (0.8, 0.95), 0.01, 0.5), schedule="cosine"),
     trajectory("adamw", S(rate=0.05, **{"lambda": 0.5}), lambda p: O.AdamW(p, 0.05, weight_decay=0.5), problem="factors", schedule="cosine"),
     trajectory("nadam", S(rate=0.05), lambda p: O.NAdam(p, 0.05, weight_decay=0.5, decoupled_weight_decay=True), decay=0.5),
     trajectory("radam", S(rate=0.0005), lambda p: O.RAdam(p, 0.0005, weight_decay=0.5, decoupled_weight_decay=True), decay=0.5),
     trajectory("rprop", S(rate=0.01), lambda p: O.Rprop(p)),
     trajectory("rprop", S(rate=0.001, down=0.4, up=1.3, min=1e-5, max=0.02), lambda p: O.Rprop(p, 0.001, (0.4, 1.3), (1e-5, 0.02))),
     trajectory("rprop", S(rate=0.01), lambda p: O.Rprop(p), problem="factors"),
     trajectory("adafactor", S(), lambda p: O.Adafactor(p)),
     trajectory("adafactor", S(rate=0.02, decay=0.6), lambda p: O.Adafactor(p, 0.02, -0.6), schedule="cosine"),
     trajectory("adafactor", S(rate=0.1, clip=1.5), lambda p: O.Adafactor(p, 0.1, d=1.5), problem="factors"),
     trajectory("adafactor", S(rate=0.1), lambda p: O.Adafactor(p, 0.1, weight_decay=0.5), problem="factors", schedule="cosine", decay=0.5),
     *[trajectory("lbfgs", S(iterations=n, history=h, rate=r),
                  lambda p: O.LBFGS(p, r, max_iter=n, history_size=h, line_search_fn="strong_wolfe"), problem=q, at=at)
       for n, h, r, q, at in [(3, 3, 1, "rosenbrock", [1, 2, 3, 5, 8, 12, 20]), (20, 10, 0.5, "rosenbrock", [1, 2, 3, 100]),
                              (20, 4, 1, "rosenbrock", [1, 2]), (8, 5, 1, "factors", [1, 2, 3, 4]), (1, 5, 1, "factors", [1, 2, 5, 10, 20])]],
     trajectory("adam", S(rate=0.05), lambda p: O.Adam(p, 0.05), wrap={"ema": "0.9"},
                average=lambda net: AveragedModel(net, avg_fn=get_ema_avg_fn(0.9))),
     trajectory("momentum", S(rate=0.0002), lambda p: O.SGD(p, 0.0002, momentum=0.9), wrap={"swa": "1"}, average=AveragedModel),
     ],
], [])


def rates(name, settings, make, updates, per_epoch=1, losses=None, each_update=False, warmup=0):
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
    return dict(name=name, settings=settings, total=updates, per_epoch=per_epoch, losses=losses or [], factors=out, warmup=warmup)


L = torch.optim.lr_scheduler
falling = [1, 0.5, 0.4, 0.39999, 0.41, 0.4, 0.42, 0.3, 0.35, 0.31, 0.36, 0.37, 0.38, 0.29, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
schedules = [
    rates("step", S(every=3, gamma=0.5), lambda o: L.StepLR(o, 3, 0.5), 40, 4),
    rates("multistep", S(epochs="2,3,7", gamma=0.3), lambda o: L.MultiStepLR(o, [2, 3, 7], 0.3), 40, 4),
    rates("exponential", S(gamma=0.9), lambda o: L.ExponentialLR(o, 0.9), 40, 4),
    rates("polynomial", S(power=2), lambda o: L.PolynomialLR(o, 40, 2), 40, 4, each_update=True),
    rates("polynomial", S(), lambda o: L.PolynomialLR(o, 30, 0.9), 30, 4, each_update=True),
    rates("invsqrt", S(scale=8), lambda o: L.LambdaLR(o, lambda u: (8 / (8 + u)) ** 0.5), 40, 4, each_update=True),
    rates("cosine", S(), lambda o: L.CosineAnnealingLR(o, 40), 40, 4, each_update=True),
    rates("cosine", S(min=0.1), lambda o: L.CosineAnnealingLR(o, 40, 0.1), 40, 4, each_update=True),
    rates("sgdr", S(updates=5), lambda o: L.CosineAnnealingWarmRestarts(o, 5, 2), 60, 4, each_update=True),
    rates("sgdr", S(updates=7, stretch=1, min=0.2), lambda o: L.CosineAnnealingWarmRestarts(o, 7, 1, 0.2), 40, 4, each_update=True),
    rates("onecycle", S(), lambda o: L.OneCycleLR(o, 1.0, 40, cycle_momentum=False), 40, 4, each_update=True),
    rates("onecycle", S(share=0.45, div=10, finaldiv=50),
          lambda o: L.OneCycleLR(o, 1.0, 33, pct_start=0.45, div_factor=10, final_div_factor=50, cycle_momentum=False),
          33, 4, each_update=True),
    rates("plateau", S(gamma=0.5, patience=1), lambda o: L.ReduceLROnPlateau(o, factor=0.5, patience=1), 40, 2, losses=falling),
    rates("plateau", S(gamma=0.1, patience=0, threshold=0.05, cooldown=2, min=0.001),
          lambda o: L.ReduceLROnPlateau(o, factor=0.1, patience=0, threshold=0.05, cooldown=2, min_lr=0.001), 40, 2, losses=falling),
    rates("exponential", S(gamma=1), lambda o: L.LinearLR(o, 0.125, 1, 7), 20, 4, each_update=True, warmup=8),
]

print(json.dumps(dict(source="PyTorch " + torch.__version__.split("+")[0], optimizers=optimizers, schedules=schedules)))
