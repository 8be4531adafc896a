// Package dynamics holds the chaotic systems that forecasters are measured on, as things that can be stepped from any state, and
// Benettin's method for their Lyapunov exponents.
//
// Lorenz63, Rossler and DoubleScroll are small flows; Lorenz96 a ring of any size; KuramotoSivashinsky a field in space; MackeyGlass a
// delay equation, whose state is its recent past. All step by a fixed time and are deterministic to the bit. The datasets package gives
// them as named generators; use this package to go on from a state of your own, to perturb one, or to know how fast neighbours
// part: the largest Lyapunov exponent sets the time unit in which forecasts of chaos are judged.
package dynamics
