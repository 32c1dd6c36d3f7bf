package decode

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// BenchmarkDecode decodes the files that FASTCLIP_DECODE names, separated by colons, and reports the processor's
// time, which other programs do not change much.
func BenchmarkDecode(b *testing.B) {
	d := pillowDecoder(b)
	for _, name := range filepath.SplitList(os.Getenv("FASTCLIP_DECODE")) {
		data, err := os.ReadFile(name)
		require.NoError(b, err)
		b.Run(filepath.Base(name), func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			p, start := &picture.Picture{}, threadTime(b)
			for range b.N {
				require.NoError(b, d.DecodeInto(p, data))
			}
			b.ReportMetric((threadTime(b)-start).Seconds()*1e3/float64(b.N), "cpu-ms/op")
		})
	}
}

func threadTime(b *testing.B) time.Duration {
	var u unix.Rusage
	require.NoError(b, unix.Getrusage(unix.RUSAGE_THREAD, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
