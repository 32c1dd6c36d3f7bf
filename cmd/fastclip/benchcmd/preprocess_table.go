package benchcmd

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/fastclip/fastclip/bench"
)

func writeScaling(w io.Writer, rows []bench.ScalingRow, asJSON bool) error {
	return writeLines(w, rows, asJSON, func(r bench.ScalingRow) string {
		return fmt.Sprintf("%s: %.0f pictures a second on one core, %.0f on %d: %.2f times as many", r.Variant, r.One, r.All, r.Cores, r.Ratio)
	})
}

func writePeer(w io.Writer, rows []bench.PeerRow, asJSON bool) error {
	return writeLines(w, rows, asJSON, func(r bench.PeerRow) string {
		return fmt.Sprintf("%s: %.3f ms, %s %.3f ms: %.1f times as fast", r.Job, r.MS, r.Peer, r.PeerMS, r.Ratio)
	})
}

// writeLines writes a line of text, or a JSON object, for each row.
func writeLines[R any](w io.Writer, rows []R, asJSON bool, text func(R) string) error {
	out := json.NewEncoder(w)
	for _, r := range rows {
		var err error
		if asJSON {
			err = out.Encode(r)
		} else {
			_, err = fmt.Fprintln(w, text(r))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
