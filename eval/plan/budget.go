package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// Budget is the largest drift that a plan may leave.
type Budget struct {
	Kind  string  // one of the words below
	Value float64 // mean_abs: the drift; top1: a share
	Share bool    // Value of mean_abs is a share of the drift of int8 everywhere
}

// Kinds of budgets.
const (
	BudgetMeanAbs = "mean_abs" // mean absolute difference of the embeddings of each tower
	BudgetTop1    = "top1"     // share of text queries that may have another best picture
	BudgetCertain = "certain"  // the drift must not be able to change any text query's best picture
)

// ParseBudget reads mean_abs=X, mean_abs=P%, top1=P% or certain.
func ParseBudget(s string) (Budget, error) {
	kind, value, has := strings.Cut(s, "=")
	bad := fmt.Errorf("budget %q: want mean_abs=X, mean_abs=P%% (of int8's drift), top1=P%% or certain", s)
	if kind == BudgetCertain && !has {
		return Budget{Kind: kind}, nil
	}
	number, percent := strings.CutSuffix(value, "%")
	v, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil || !(v >= 0) || v > 1e6:
		return Budget{}, bad
	case percent:
		v /= 100
	}
	switch {
	case kind == BudgetMeanAbs:
		return Budget{Kind: kind, Value: v, Share: percent}, nil
	case kind == BudgetTop1 && percent && v <= 1:
		return Budget{Kind: kind, Value: v}, nil
	}
	return Budget{}, bad
}

// ParseTime reads how much longer than int8 a model may take: P%, or an empty text.
func ParseTime(s string) (float64, error) {
	if s == "" {
		return 0, nil
	}
	number, percent := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !percent || !(v > 0) || v > 1e4 {
		return 0, fmt.Errorf("--max-time %q: want a share of int8's time that may come on top, such as 10%%", s)
	}
	return v / 100, nil
}

func (b Budget) String() string {
	switch {
	case b.Kind == BudgetCertain:
		return b.Kind
	case b.Share || b.Kind == BudgetTop1:
		return fmt.Sprintf("%s=%g%%", b.Kind, 100*b.Value)
	}
	return fmt.Sprintf("%s=%g", b.Kind, b.Value)
}

// met tells whether figures are within the budget. int8 holds the figures of int8 everywhere.
func (b Budget) met(f, int8 Figures) bool {
	limit := func(own float64) float64 {
		if b.Share {
			return b.Value * own
		}
		return b.Value
	}
	switch b.Kind {
	case BudgetTop1:
		return f.Flips <= b.Value
	case BudgetCertain:
		return f.Certain >= 1
	}
	return f.Image <= limit(int8.Image) && f.Text <= limit(int8.Text)
}

// margin is the budget minus some room, because other items may drift more than those that a choice was
// made on.
func (b Budget) margin() Budget {
	if b.Kind == BudgetMeanAbs {
		b.Value *= 0.95
	}
	return b
}

// sure tells whether items of the same kind are likely to be within a budget of drift on average too. own and int8
// are the drifts of single items.
func (b Budget) sure(own, int8 []float64) bool {
	if b.Kind != BudgetMeanAbs {
		return true
	}
	var over []float64
	for i, v := range own {
		if b.Share {
			over = append(over, v-b.Value*int8[i])
		} else {
			over = append(over, v-b.Value)
		}
	}
	mean, deviation := stat.MeanStdDev(over, nil)
	return mean+1.645*deviation/math.Sqrt(float64(len(over))) <= 0 // 95 %, one-sided
}

// limit is a rough limit for the drift of a tower. It is the budget's value, or half of int8's drift when
// the budget is about outcomes.
func (b Budget) limit(int8 float64) float64 {
	switch {
	case b.Kind != BudgetMeanAbs:
		return int8 / 2
	case b.Share:
		return b.margin().Value * int8
	}
	return b.margin().Value
}
