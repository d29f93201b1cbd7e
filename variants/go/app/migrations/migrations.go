// Package migrations holds the schema's steps, embedded so that a binary can take them without the sources.
package migrations

import "embed"

// FS has one file a step, in order of its number.
//
//go:embed *.sql
var FS embed.FS
