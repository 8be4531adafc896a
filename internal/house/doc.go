// Package house keeps the plan of the repository: who may import whom. It holds tests only.
package house
