#!/usr/bin/env python3
"""Writes torch_golden.json: outputs and gradients of PyTorch's recurrent layers, in float64.

Run it with an interpreter that has PyTorch (Debian's python3-torch will do): python3 torch_golden.py

Inputs are rounded to four decimals, so that their text is short and exact. The gradients are those of the loss
sum(hs * dhs) + sum(hT * dhT) + sum(cT * dcT) with random dhs, dhT, dcT. Tensors are written flat, row-major; hs is
[T, B, directions * H], states are [layers * directions, B, H].
"""
import json
import os

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

SEED = 20240607
torch.manual_seed(SEED)
torch.set_default_dtype(torch.float64)


def draw(*shape):
    return torch.round(torch.randn(*shape) * 1e4) / 1e4


def flat(t):
    return t.detach().reshape(-1).tolist()


def case(kind, T, B, I, H, layers, bidirectional, lengths, bias):
    options = dict(num_layers=layers, bidirectional=bidirectional, bias=bias)
    if kind == "lstm":
        net = torch.nn.LSTM(I, H, **options)
    elif kind == "gru":
        net = torch.nn.GRU(I, H, **options)
    else:
        net = torch.nn.RNN(I, H, nonlinearity=kind[4:], **options)
    directions = 2 if bidirectional else 1
    for p in net.parameters():
        p.data = draw(*p.shape) * 0.5
    x = draw(T, B, I).requires_grad_()
    names = ["h0", "c0"] if kind == "lstm" else ["h0"]
    start = [draw(layers * directions, B, H).requires_grad_() for _ in names]
    state = tuple(start) if kind == "lstm" else start[0]
    if lengths:
        packed = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        hs, final = net(packed, state)
        hs, _ = pad_packed_sequence(hs, total_length=T)
    else:
        hs, final = net(x, state)
    final = list(final) if kind == "lstm" else [final]
    dhs, dfinal = draw(*hs.shape), [draw(*f.shape) for f in final]
    ((hs * dhs).sum() + sum((f * d).sum() for f, d in zip(final, dfinal))).backward()
    r = dict(kind=kind, T=T, B=B, I=I, H=H, layers=layers, bidirectional=bidirectional, lengths=lengths)
    r["input"] = {"x": flat(x), "dhs": flat(dhs)}
    r["output"] = {"hs": flat(hs)}
    r["gradient"] = {"x": flat(x.grad)}
    for name, s, f, d in zip(names, start, final, dfinal):
        r["input"][name], r["input"]["d" + name[0] + "T"] = flat(s), flat(d)
        r["output"][name[0] + "T"] = flat(f)
        r["gradient"][name] = flat(s.grad)
    for name, p in net.named_parameters():
        r["input"][name], r["gradient"][name] = flat(p), flat(p.grad)
    return r


cases = []
for kind in ("rnn_tanh", "rnn_relu", "lstm", "gru"):
    cases.append(case(kind, 6, 3, 2, 5, 1, False, None, True))
    cases.append(case(kind, 4, 2, 1, 3, 1, False, None, False))
    cases.append(case(kind, 6, 4, 3, 4, 2, False, [3, 6, 1, 4], True))
    cases.append(case(kind, 5, 3, 2, 4, 2, True, [5, 2, 3], True))
header = dict(script="graph/kernel/testdata/torch_golden.py", torch=torch.__version__, seed=SEED)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch_golden.json"), "w") as f:
    f.write('{"made_by":' + json.dumps(header) + ',\n"cases":[\n')
    f.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases))
    f.write("\n]}\n")
