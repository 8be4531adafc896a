#!/usr/bin/env python3
"""What `lenz forecast RUN` does for a run of the default kind, in Python and PyTorch, as one process: read the weights, scaler and
history from RUN/model.safetensors, run the network on the last window, and write the forecast with its intervals as CSV.

    python3 docs/peers/torch_forecast.py runs/sunspots-lstm-1 --out future.csv

It serves one series with one column, a direct point forecast by lstm, gru or rnn, any window_norm, highway and transform.
"""
import argparse
import csv
import json
import os

import torch

import peer

p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("run")
p.add_argument("--out", required=True)
args = p.parse_args()
torch.set_num_threads(1)  # one window: a second thread only costs

arrays, metadata = peer.load(os.path.join(args.run, "model.safetensors"))
spec = json.loads(metadata["lenz"])
settings, window, scaler = spec["settings"], spec["window"], spec["scaler"]["columns"][0]
if len(spec["layout"]["Inputs"]) != 1 or settings["strategy"] != "direct" or settings["head"] != "point" or settings["members"] != "1":
    raise SystemExit("want one column, strategy = direct, head = point and members = 1")
hidden, layers, highway = int(settings["hidden"]), int(settings["layers"]), int(settings["highway"])

forward = {"": lambda v: v, "none": lambda v: v, "sqrt": torch.sqrt, "log": torch.log, "log1p": torch.log1p}[scaler.get("transform", "")]
inverse = {"": lambda v: v, "none": lambda v: v, "sqrt": lambda v: v.clamp(min=0) ** 2, "log": torch.exp, "log1p": torch.expm1}[scaler.get("transform", "")]
history = spec["history"][0]["values"][0]
x = (forward(torch.tensor(history[-window["Input"]:], dtype=torch.float64)) - scaler["shift"]) / scaler["scale"]
norm = settings["window_norm"]
shift = {"none": torch.tensor(0.0), "last": x[-1]}.get(norm, x.mean())
spread = (x.var(unbiased=False) + 1e-5).sqrt() if norm == "standard" else torch.tensor(1.0)
x = ((x - shift) / spread).float()

rnn = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[spec["model"]](1, hidden, layers)
net = torch.nn.ModuleDict({"rnn": rnn, "head": torch.nn.Linear(hidden, window["Horizon"])})
if highway:
    net["highway"] = torch.nn.Linear(highway, window["Horizon"])
net.load_state_dict({k: torch.from_numpy(v) for k, v in arrays.items()})
with torch.no_grad():
    hs, _ = rnn(x.reshape(-1, 1, 1))
    y = net["head"](hs[-1, 0])
    if highway:
        y = y + net["highway"](x[-highway:])
y = y.double() * spread + shift


def original(v):
    return inverse(v * scaler["scale"] + scaler["shift"]).tolist()


name = spec["layout"]["Targets"][0]
columns, intervals = {name: original(y)}, spec.get("conformal") or {"coverages": [], "widths": []}
ends = [((1 + side * c) / 2, side, w) for c, w in zip(intervals["coverages"], intervals["widths"]) for side in (-1, 1)]
for level, side, widths in sorted(ends, key=lambda e: e[0]):
    columns[f"{name}_q{level:.6g}"] = original(y + side * torch.tensor(widths, dtype=torch.float64))
with open(args.out, "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["step", *columns])
    w.writerows([h + 1, *row] for h, row in enumerate(zip(*columns.values())))
