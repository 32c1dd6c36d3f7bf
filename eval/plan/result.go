package plan

// Counts holds a number of pictures and of texts.
type Counts struct {
	Pictures int `json:"pictures"`
	Texts    int `json:"texts"`
}

// Whole describes a scheme applied to everything in a tower that derive gives it, on the items to choose
// on.
type Whole struct {
	Tower  string   `json:"tower"`
	Scheme string   `json:"scheme"`
	Drift  float64  `json:"mean_abs"`
	Bytes  int64    `json:"bytes"`
	Time   Interval `json:"of_int8"`
}

// Step is a line of the table. It is a pair of mixes, judged on items on which nothing was decided.
type Step struct {
	Name    string   `json:"name"`
	Schemes []string `json:"schemes,omitempty"` // by tower; "" when everything is kept
	Kept    []string `json:"kept"`              // products in the reference's precision
	Of      int      `json:"of"`                // number of products that could be in low precision
	Count   int      `json:"kept_products"`
	Chosen  bool     `json:"chosen"`
	Figures
	Millis Interval `json:"ms"`      // per item, which is a picture and a text, on one thread
	Time   Interval `json:"of_int8"` // as a share of int8's, round by round
	Bytes  int64    `json:"bytes"`
	Met    bool     `json:"budget_met"`
}

// Result is the result of a plan.
type Result struct {
	Model        string            `json:"model"`
	Budget       string            `json:"budget"`
	MaxTime      float64           `json:"max_time,omitempty"` // share of int8's time allowed on top; 0 means no limit
	Class        string            `json:"cpu_class"`
	Saturates    bool              `json:"cpu_saturates"`
	Schemes      map[string]string `json:"schemes"` // schemes of the new model by tower; the original's precision is ""
	Missing      []string          `json:"schemes_not_made,omitempty"`
	Calibrated   Counts            `json:"items_to_calibrate_on"`
	Chosen       Counts            `json:"items_to_choose_on"`
	Decided      Counts            `json:"items_to_decide_on"`
	Judged       Counts            `json:"items_to_judge_on"`
	Decision     Decision          `json:"decided"`
	Wholes       []Whole           `json:"schemes_of_everything"`
	Costs        []Cost            `json:"parts"`
	Interactions []Interaction     `json:"interactions"`
	Steps        []Step            `json:"steps"`    // the reference, int8, the mixes by time, and the new model
	Possible     bool              `json:"possible"` // the new model, as judged, is within budget and time, and smaller than the original
	Out          string            `json:"folder"`
}

// Made is the new model in the folder, as judged.
func (r *Result) Made() Step { return r.Steps[len(r.Steps)-1] }

// Fits tells whether a share of int8's time is within the limit.
func (r *Result) Fits(of float64) bool { return r.MaxTime <= 0 || of <= 1+r.MaxTime }
