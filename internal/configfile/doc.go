// Package configfile reads and writes files of settings in TOML: tables of settings, each a number, a text, a truth value or a list of
// them, or a table of such values by key itself. A file is read whole and in bounds: it is small, and nested as little as settings are.
// What the settings mean is for others: here they are texts.
package configfile
