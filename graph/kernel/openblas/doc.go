// Package openblas links OpenBLAS into programs that are built with the tag openblas, for package kernel. It stands
// alone because a package with assembly cannot also have C. Without the tag it is empty.
package openblas
