// Package house keeps the plan of the repository: who may import whom, and what those that read files may do. It holds tests only.
package house
