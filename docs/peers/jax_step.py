#!/usr/bin/env python3
"""The training step of `lenz bench lstm|gru|rnn` in JAX (pip install jax), compiled, on the weights and data that lenz used.

    lenz bench gru --dump step.safetensors
    python docs/peers/jax_step.py step.safetensors --threads 1

The inputs of all steps are projected at once, lax.scan runs through the steps, Adam is written out; all of it is one compiled
function whose weights and moments are donated. It first shows that loss (1e-5) and gradients (1e-4 of their norm) are the
same, then times the step without its compilation and prints one JSON object.
"""
import os

import peer

p = peer.arguments(__doc__)
p.add_argument("--unroll", type=int, default=1, help="steps of the scan that are compiled as one")
args = p.parse_args()
if args.threads == 1:  # XLA has no other switch for all of its threads
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp

arrays, metadata = peer.load(args.file)
name = metadata["bench"]
x, y = jnp.array(arrays["x"]), jnp.array(arrays["y"])
weights = {k[len("grad."):]: jnp.array(arrays[k[len("grad."):]]) for k in arrays if k.startswith("grad.")}


def cell(w, hidden):
    """Returns the step of the scan, from (state, projected input) to (state, output)."""
    whh, bhh = w["rnn.weight_hh_l0"].T, w["rnn.bias_hh_l0"]

    def lstm(state, xt):
        h, c = state
        i, f, g, o = jnp.split(xt + h @ whh + bhh, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    def gru(state, xt):
        (h,) = state
        xr, xz, xn = jnp.split(xt, 3, axis=-1)
        hr, hz, hn = jnp.split(h @ whh + bhh, 3, axis=-1)
        r, z = jax.nn.sigmoid(xr + hr), jax.nn.sigmoid(xz + hz)
        h = (1 - z) * jnp.tanh(xn + r * hn) + z * h
        return (h,), h

    def rnn(state, xt):
        (h,) = state
        h = jnp.tanh(xt + h @ whh + bhh)
        return (h,), h

    zero = jnp.zeros((x.shape[1], hidden), jnp.float32)
    return {"lstm": (lstm, (zero, zero)), "gru": (gru, (zero,)), "rnn": (rnn, (zero,))}[name]


def loss(w):
    step, state = cell(w, w["rnn.weight_hh_l0"].shape[1])
    projected = x @ w["rnn.weight_ih_l0"].T + w["rnn.bias_ih_l0"]
    _, hs = jax.lax.scan(step, state, projected, unroll=args.unroll)
    return jnp.mean((hs @ w["head.weight"].T + w["head.bias"] - y) ** 2)


def adam(w, m, v, t):
    value, g = jax.value_and_grad(loss)(w)
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
    w = jax.tree.map(lambda w, m, v: w - 1e-3 * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8), w, m, v)
    return w, m, v, value


value, gradients = jax.jit(jax.value_and_grad(loss))(weights)
peer.check("loss", [value], arrays["loss"], peer.LOSS)
for k, g in gradients.items():
    peer.check("gradient of " + k, g.ravel().tolist(), arrays["grad." + k].ravel(), peer.GRADIENT)

compiled = jax.jit(adam, donate_argnums=(0, 1, 2))
state = [weights, jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights)]
count = 0.0


def step():
    global count
    count += 1
    state[0], state[1], state[2], value = compiled(*state, jnp.float32(count))
    jax.block_until_ready((state, value))


peer.report(name, "jax " + jax.__version__, args.threads, peer.timed(step, args.reps, args.warmup))
