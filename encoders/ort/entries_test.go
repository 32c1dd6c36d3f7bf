package ort

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestElsewhere: the option of the default suite's int8 variants is one of x86-64's builds of the library alone.
func TestElsewhere(t *testing.T) {
	assert.Contains(t, elsewhere("arm64"), "session.x64quantprecision")
	assert.Empty(t, elsewhere("amd64"), "here the library itself is asked")
}
