#!/usr/bin/env python3
"""The work of `lenz bench lstm|gru|rnn|stream|adam|tanh|sigmoid|gemm` in PyTorch, on the weights and data that lenz used.

    lenz bench lstm --T 100 --B 32 --I 8 --H 128 --dump step.safetensors
    python3 docs/peers/torch_step.py step.safetensors --threads 1

It first shows that it computes the same (loss to 1e-5, gradients to 1e-4 of their norm, other results to 1e-5), then times it
and prints one JSON object. --fused takes PyTorch's fused Adam, where it has one.
"""
import torch

import peer

p = peer.arguments(__doc__)
p.add_argument("--fused", action="store_true")
args = p.parse_args()
arrays, metadata = peer.load(args.file)
tensor = {k: torch.from_numpy(v) for k, v in arrays.items()}
name = metadata["bench"]
torch.set_num_threads(args.threads)
torch.set_flush_denormal(True)


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-3, **({"fused": True} if args.fused else {}))


def equal(what, got, want, tolerance):
    peer.check(what, got.detach().reshape(-1).tolist(), want.reshape(-1).tolist(), tolerance)


def training_step():
    x, y = tensor["x"], tensor["y"]
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[name](x.shape[2], tensor["rnn.weight_hh_l0"].shape[1])
    head = torch.nn.Linear(layer.hidden_size, 1)
    net = torch.nn.ModuleDict({"rnn": layer, "head": head})
    net.load_state_dict({k: tensor[k] for k, _ in net.named_parameters()})
    optimizer = adam(net.parameters())

    def gradient():
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(head(layer(x)[0]), y)
        loss.backward()
        return loss

    equal("loss", gradient(), tensor["loss"], peer.LOSS)
    for k, q in net.named_parameters():
        equal("gradient of " + k, q.grad, tensor["grad." + k], peer.GRADIENT)

    def step():
        gradient()
        optimizer.step()

    return step


def stream():
    cell, head = torch.nn.LSTMCell(1, tensor["weight_hh"].shape[1]), torch.nn.Linear(tensor["weight_hh"].shape[1], 1)
    cell.load_state_dict({k: tensor[k] for k in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")})
    head.load_state_dict({k: tensor["head." + k] for k in ("weight", "bias")})
    x = tensor["x"].reshape(-1, 1, 1)

    def step():
        state, out = None, None
        with torch.no_grad():
            for t in range(len(x)):
                state = cell(x[t], state)
                out = head(state[0])
        return out

    equal("last answer", step(), tensor["y"][-1:], peer.VALUES)
    args.reps, args.warmup = min(args.reps, 5), min(args.warmup, 1)
    return step


def adam_step():
    names = sorted(k for k in tensor if "." not in k)
    parameters = [torch.nn.Parameter(tensor[k].clone()) for k in names]
    for k, q in zip(names, parameters):
        q.grad = tensor["grad." + k]
    optimizer = adam(parameters)
    optimizer.step()
    for k, q in zip(names, parameters):
        equal("update of " + k, q - tensor[k], tensor["next." + k] - tensor[k], peer.GRADIENT)
    return optimizer.step


def function(f):
    x = tensor["x"]
    equal("values", f(x), tensor["y"], peer.VALUES)
    return lambda: f(x)


def product():
    a, b = tensor["a"], tensor["b"]
    equal("product", torch.mm(a, b), tensor["c"], peer.VALUES)
    c = torch.empty(a.shape[0], b.shape[1], dtype=a.dtype)
    return lambda: torch.mm(a, b, out=c)


work = {"lstm": training_step, "gru": training_step, "rnn": training_step, "stream": stream, "adam": adam_step,
        "tanh": lambda: function(torch.tanh), "sigmoid": lambda: function(torch.sigmoid), "gemm": product}[name]()
peer.report(name, "torch " + torch.__version__, args.threads, peer.timed(work, args.reps, args.warmup))
