package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
)

// TestExtensions: folders of pictures list every kind of file that can be decoded.
func TestExtensions(t *testing.T) {
	for _, extension := range decode.Extensions() {
		assert.True(t, datasets.IsPicture("a"+extension), extension)
	}
}
