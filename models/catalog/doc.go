// Package catalog names the models: it lists them with their settings, builds one from a name and settings as text, and
// loads saved ones.
package catalog
