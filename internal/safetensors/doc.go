// Package safetensors reads and writes the safetensors format (https://github.com/huggingface/safetensors): an eight-byte
// little-endian header length, a JSON header with the type, shape and place of every tensor and a map of strings, and
// the values as raw little-endian bytes. Files load in the safetensors libraries of other languages, and the reverse.
//
// WriteFile and ReadFile are for files, Write and Read for what already holds the bytes. Everything that the header
// claims is held against the size of the file before anything is allocated for it.
package safetensors
