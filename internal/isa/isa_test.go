package isa_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/isa"
)

func TestChosen(t *testing.T) {
	all := isa.All()
	assert.True(t, slices.IsSorted(all))
	assert.Equal(t, isa.Generic, all[0])
	widest, err := isa.Chosen("")
	require.NoError(t, err)
	assert.Equal(t, all[len(all)-1], widest)
	for _, s := range all {
		got, err := isa.Chosen(s.String())
		require.NoError(t, err)
		assert.Equal(t, s, got)
	}
	for s := isa.Generic; s <= isa.AVX512VNNI; s++ {
		if !slices.Contains(all, s) {
			_, err := isa.Chosen(s.String())
			assert.ErrorContains(t, err, `FASTCLIP_ISA="`+s.String()+`" is not an instruction set of this processor, which has generic`)
		}
	}
	for _, name := range []string{"abacus", "AVX2", " avx2", "avx"} {
		_, err := isa.Chosen(name)
		assert.ErrorContains(t, err, strings.Join(isa.Names(), ", "), name)
	}
}

// TestUsed: a process reads the variable once, so each name is tested in its own process.
func TestUsed(t *testing.T) {
	if want, ok := os.LookupEnv("FASTCLIP_TEST_USED"); ok {
		assert.Equal(t, want, isa.Used().String())
		return
	}
	for _, name := range isa.Names() {
		out, err := again(name, name)
		assert.NoError(t, err, "%s: %s", name, out)
	}
	out, err := again("", isa.Names()[len(isa.All())-1])
	assert.NoError(t, err, out)
	out, err = again("abacus", "")
	assert.Error(t, err)
	assert.Contains(t, out, `FASTCLIP_ISA="abacus" is not an instruction set of this processor`)
}

func again(name, want string) (string, error) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestUsed$")
	cmd.Env = append(os.Environ(), isa.Variable+"="+name, "FASTCLIP_TEST_USED="+want)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
