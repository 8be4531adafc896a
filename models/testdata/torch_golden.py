"""Writes the files that the tests of package models compare with PyTorch, and checks files that lenz wrote.

    python3 torch_golden.py write DIR        makes torch_lstm.safetensors (a state dict of torch.nn.LSTM alone),
                                             torch_forecaster.safetensors (rnn.* and head.*) and torch_golden.json
    python3 torch_golden.py check FILE...    loads forecasters saved by lenz strictly into torch.nn.LSTM and
                                             torch.nn.Linear, and prints their forecasts of the golden input as JSON;
                                             exit status 77 without torch

Made with PyTorch 1.13.0, seed 20240501, float64, shapes below. The safetensors format is written out here, since it is forty lines and
its Python package need not be installed: eight bytes of header length, a JSON header, raw little-endian values.
"""
import json
import struct
import sys

try:
    import numpy as np
    import torch
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

T, B, I, H, LAYERS, HORIZON = 7, 3, 2, 5, 2, 4
DTYPES = {"F64": "<f8", "F32": "<f4"}


def save(path, state):
    header, body = {}, b""
    for name, value in state.items():
        raw = value.detach().numpy().astype("<f8").tobytes()
        header[name] = {"dtype": "F64", "shape": list(value.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + body)


def load(path):
    with open(path, "rb") as f:
        raw = f.read()
    (n,) = struct.unpack("<Q", raw[:8])
    header, body = json.loads(raw[8:8 + n]), raw[8 + n:]
    header.pop("__metadata__", None)
    return {name: torch.tensor(np.frombuffer(body[e["data_offsets"][0]:e["data_offsets"][1]], DTYPES[e["dtype"]])
                               .reshape(e["shape"]).astype("f8")) for name, e in header.items()}


def golden_input():
    torch.manual_seed(1)
    return torch.randn(T, B, I, dtype=torch.float64)


def forecast(rnn, head, x):
    """What a direct forecaster of one target does: head(final state of the top layer), as [H, B]."""
    _, (h, _) = rnn(x)
    return head(h[-1]).T


def write(folder):
    torch.manual_seed(20240501)
    rnn = torch.nn.LSTM(I, H, LAYERS).double()
    head = torch.nn.Linear(H, HORIZON).double()
    x = golden_input()
    save(folder + "/torch_lstm.safetensors", rnn.state_dict())
    both = {"rnn." + k: v for k, v in rnn.state_dict().items()}
    both.update({"head." + k: v for k, v in head.state_dict().items()})
    save(folder + "/torch_forecaster.safetensors", both)
    hs, _ = rnn(x)
    out = {"x": x.flatten().tolist(), "hs": hs.flatten().tolist(), "forecast": forecast(rnn, head, x).flatten().tolist()}
    with open(folder + "/torch_golden.json", "w") as f:
        json.dump(out, f)
        f.write("\n")


def check(path):
    weights = load(path)
    rnn = torch.nn.LSTM(I, H, LAYERS).double()
    head = torch.nn.Linear(H, HORIZON).double()
    cut = lambda prefix: {k[len(prefix):]: v for k, v in weights.items() if k.startswith(prefix)}
    rnn.load_state_dict(cut("rnn."), strict=True)
    head.load_state_dict(cut("head."), strict=True)
    return forecast(rnn, head, golden_input()).flatten().tolist()


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2])
    else:
        print(json.dumps([check(path) for path in sys.argv[2:]]))
