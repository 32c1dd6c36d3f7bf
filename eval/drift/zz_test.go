package drift

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
	"github.com/stretchr/testify/require"
)

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(0, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestZZ(t *testing.T) {
	dir := os.Getenv("ZZ")
	f, err := store.Open(dir)
	require.NoError(t, err)
	r, err := f.Load(store.TableRun, store.TableVariants, store.TableDatasets, store.TableItems)
	require.NoError(t, err)
	u := func(v, d, m string) (rank.Unit, []string) {
		rows, err := f.ReadEmbeddings(v, d, m)
		require.NoError(t, err)
		var all []float32
		var ids []string
		for _, e := range rows {
			all = append(all, e.Embedding...)
			ids = append(ids, e.ID)
		}
		return rank.Normalise(all, len(rows), len(rows[0].Embedding)), ids
	}
	labels := map[string]map[string]string{}
	for _, i := range r.Items {
		k := i.Dataset + i.Modality
		if labels[k] == nil {
			labels[k] = map[string]string{}
		}
		labels[k][i.ID] = store.LabelSet(i.Labels)
	}
	ref := r.Variants[0].Variant
	var total, totalCPU time.Duration
	for _, v := range r.Variants[1:] {
		if v.Status != "ok" {
			continue
		}
		var own, ownCPU time.Duration
		for _, d := range r.Datasets {
			ri, iids := u(ref, d.Dataset, "image")
			rt, tids := u(ref, d.Dataset, "text")
			oi, _ := u(v.Variant, d.Dataset, "image")
			ot, _ := u(v.Variant, d.Dataset, "text")
			if slices.Equal(ri.Data, oi.Data) && slices.Equal(rt.Data, ot.Data) {
				continue
			}
			li, lt := labels[d.Dataset+"image"], labels[d.Dataset+"text"]
			rel := func(qs, is []string, lq, l map[string]string, self bool) (d Retrieval) {
				d.Self = self
				for q, id := range qs {
					var list []int32
					for i, x := range is {
						if lq[id] == l[x] {
							list = append(list, int32(i))
						}
					}
					d.Relevant = append(d.Relevant, list)
					if len(list) > 1 || len(list) == 1 && !self {
						d.Counted = append(d.Counted, q)
						d.Outcomes = append(d.Outcomes, rank.Outcome{})
					}
				}
				return d
			}
			began, c := time.Now(), cpu()
			a := rel(tids, iids, lt, li, false)
			b := rel(iids, tids, li, lt, false)
			s := rel(iids, iids, li, li, true)
			began, c = time.Now(), cpu()
			var shared *rank.Unit
			var slack float64
			done := false
			turn := func() (*rank.Unit, float64) {
				if !done {
					shared, slack = SharedTurn(ri, rt, oi, ot)
					done = true
				}
				return shared, slack
			}
			_, err = FlipBudget(t.Context(), a, rt, ri, ot, oi, rank.MarginCuts[:], turn)
			require.NoError(t, err)
			_, err = FlipBudget(t.Context(), b, ri, rt, oi, ot, rank.MarginCuts[:], turn)
			require.NoError(t, err)
			_, err = FlipBudget(t.Context(), s, ri, ri, oi, oi, rank.MarginCuts[:], nil)
			require.NoError(t, err)
			own += time.Since(began)
			ownCPU += cpu() - c
		}
		fmt.Println(v.Variant, own.Round(time.Millisecond), ownCPU.Round(time.Millisecond))
		total += own
		totalCPU += ownCPU
	}
	fmt.Println("all", total, totalCPU)
}
