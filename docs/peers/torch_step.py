#!/usr/bin/env python3
"""The training step that `lenz bench lstm|gru|rnn` times, in PyTorch: a recurrent layer over T steps, a linear readout to one
output at every step, mean squared error, backward, Adam. Prints one line.

    python3 docs/peers/torch_step.py lstm --T 100 --B 32 --I 8 --H 128 --threads 1
"""
import argparse
import statistics
import time

import torch

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("cell", choices=["lstm", "gru", "rnn"])
for name, default in [("T", 100), ("B", 32), ("I", 8), ("H", 128), ("threads", 1), ("reps", 15), ("warmup", 3)]:
    parser.add_argument(f"--{name}", type=int, default=default)
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.set_flush_denormal(True)
torch.manual_seed(1)
layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[args.cell](args.I, args.H)
head = torch.nn.Linear(args.H, 1)
adam = torch.optim.Adam([*layer.parameters(), *head.parameters()])
x = torch.randn(args.T, args.B, args.I)
y = torch.randn(args.T, args.B, 1)

times = []
for _ in range(args.warmup + args.reps):
    start = time.perf_counter()
    adam.zero_grad()
    torch.nn.functional.mse_loss(head(layer(x)[0]), y).backward()
    adam.step()
    times.append(1e3 * (time.perf_counter() - start))
print(f"{args.cell}: torch {torch.__version__}, {args.threads} threads: median {statistics.median(times[args.warmup:]):.3f} ms of {args.reps}")
