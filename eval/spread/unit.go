package spread

import "github.com/fastclip/fastclip/metrics/rank"

// QueryUnit is how many queries are searched at once. A task has a multiple of it.
const QueryUnit = rank.ProductRows
