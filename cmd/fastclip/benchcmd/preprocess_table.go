package benchcmd

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/fastclip/fastclip/bench"
)

func writeScaling(w io.Writer, rows []bench.ScalingRow, asJSON bool) error {
	for _, r := range rows {
		if asJSON {
			if err := json.NewEncoder(w).Encode(r); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintf(w, "%s: %.0f pictures a second on one core, %.0f on %d: %.2f times as many\n", r.Variant, r.One, r.All, r.Cores, r.Ratio); err != nil {
			return err
		}
	}
	return nil
}

func writePeer(w io.Writer, rows []bench.PeerRow, asJSON bool) error {
	for _, r := range rows {
		if asJSON {
			if err := json.NewEncoder(w).Encode(r); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintf(w, "%s: %.3f ms, %s %.3f ms: %.1f times as fast\n", r.Job, r.MS, r.Peer, r.PeerMS, r.Ratio); err != nil {
			return err
		}
	}
	return nil
}
