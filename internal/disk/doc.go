// Package disk is the small layer through which everything that must survive a crash is written: create, write, sync,
// rename, remove, and sync of a folder. OS is the real one; disktest has one that records what a power failure could leave
// behind and one that fails where a test asks it to.
//
// Reading needs no layer: what a crash left is an ordinary folder.
package disk
