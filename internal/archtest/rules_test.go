package archtest_test

// house says what each package of this module may import of it; a trailing "/..." means the
// package and all below it. The one way through: datasets -> encoders -> eval ->
// internal/store -> judge, reports -> cmd; metrics are leaves that both sides use.
var house = map[string][]string{
	"": {"internal/derived"}, // the embedded files

	"datasets":              {"datasets/pyjson"},
	"datasets/layouts":      {"datasets", "datasets/parquetpages", "datasets/pyjson"},
	"datasets/pyjson":       {},
	"datasets/parquetpages": {},
	"datasets/scenes":       {"datasets"},
	"datasets/export":       {"datasets"},
	"datasets/datasetstest": {"datasets", "datasets/scenes", "internal/testenv"},

	"encoders/tokenize":                  {},
	"encoders/ort":                       {"encoders/onnxfile", "internal/half", "internal/native", "internal/machine"},
	"encoders/preprocess":                {"encoders/preprocess/decode", "encoders/preprocess/picture", "encoders/preprocess/resample", "internal/machine"},
	"encoders/preprocess/picture":        {"internal/isa", "internal/machine"},
	"encoders/preprocess/resample":       {"encoders/preprocess/picture", "internal/isa"},
	"encoders/preprocess/decode":         {"encoders/preprocess/picture", "encoders/preprocess/decode/...", "internal/machine"},
	"encoders/preprocess/decode/jpeg":    {},
	"encoders/preprocess/decode/webp":    {},
	"encoders/preprocess/decode/inflate": {},
	"encoders/preprocess/decode/raster":  {"encoders/preprocess/picture"},
	"encoders/preprocess/decode/helper":  {"encoders/preprocess/picture", "internal/machine"},
	"encoders/cv":                        {"encoders/preprocess/...", "internal/machine"},
	"encoders/hub":                       {},
	"encoders/oip":                       {"internal/half", "internal/redact"},
	"encoders/oip/oiptest":               {"encoders/oip"},
	"encoders/adapters":                  {"internal/python"},
	"encoders/onnxfile":                  {"internal/half"},
	"encoders/onnxfile/onnxtest":         {},
	"encoders/modelcheck":                {"encoders", "encoders/onnxfile", "internal/machine"},
	"encoders/pipelines":                 {"encoders/adapters", "encoders/preprocess/...", "encoders/cv", "internal/native", "internal/python", "internal/machine", "internal/suggest"},
	"encoders":                           {"encoders/...", "internal/fileid", "internal/native", "internal/python", "internal/redact", "internal/machine", "internal/suggest"},
	"encoders/encoderstest":              {"encoders"},
	"encoders/librarytok":                {"encoders/adapters", "internal/python", "internal/machine"},
	"encoders/modeldir":                  {"encoders/librarytok", "encoders/pipelines", "encoders/tokenize", "internal/machine"},

	"metrics/rank":        {"metrics/rank/tiles"},
	"metrics/rank/tiles":  {"internal/isa"},
	"metrics/stats":       {"metrics/stats/lanes"},
	"metrics/stats/lanes": {"internal/isa"},
	"metrics/trec":        {},

	"judge/paired":   {"metrics/stats", "internal/store"},
	"judge/compare":  {"judge/paired", "metrics/stats", "internal/store"},
	"judge/baseline": {"internal/store", "internal/strictyaml"},
	"judge/history":  {"judge/compare", "metrics/stats", "internal/sheet", "internal/store"},
	"judge/gate":     {"judge/compare", "judge/paired", "judge/history", "metrics/stats", "internal/strictyaml"},

	"eval":                      {"datasets/...", "encoders/...", "eval/...", "metrics/...", "indexes", "internal/..."},
	"bench/peer":                {},
	"bench":                     {"bench/peer", "datasets", "encoders/...", "eval/embed", "eval/score", "eval/suite", "eval/timing", "eval/variants", "indexes", "metrics/...", "internal/..."},
	"eval/embed":                {"datasets", "encoders/...", "eval/drift", "eval/suite", "eval/variants/...", "metrics/rank", "internal/..."},
	"eval/score":                {"datasets", "encoders", "eval/drift", "eval/embed", "eval/suite", "eval/variants", "metrics/...", "internal/..."},
	"eval/timing":               {"encoders/...", "eval/embed", "eval/suite", "eval/variants", "internal/..."},
	"eval/drift":                {"encoders/preprocess/...", "internal/machine", "metrics/..."},
	"eval/variants":             {"encoders/...", "eval/suite", "eval/variants/precomputed", "indexes", "internal/..."},
	"eval/variants/precomputed": {"internal/..."},
	"eval/invariants":           {"encoders"},
	"eval/suite":                {"datasets/...", "encoders/...", "metrics/rank", "internal/machine", "internal/python", "internal/redact", "internal/strictyaml", "internal/suggest"},

	"indexes":                 {"internal/machine"},
	"indexes/indexestest":     {"indexes"},
	"indexes/sqlitevec":       {"indexes", "internal/machine"},
	"indexes/chroma":          {"indexes", "internal/machine", "internal/python"},
	"indexes/marqo":           {"indexes", "internal/machine"},
	"indexes/marqo/marqotest": {},
	"indexes/pgvector":        {"indexes", "internal/machine", "internal/python"},

	"internal/store":      {},
	"reports":             {"internal/sheet", "internal/store", "judge/history", "reports/..."}, // history is rows over many runs
	"reports/charts":      {},
	"reports/facts":       {"internal/store", "judge/paired", "metrics/stats"},
	"reports/why":         {"internal/store", "reports/facts"},
	"reports/prose":       {"internal/store", "reports/facts", "reports/why"},
	"reports/reportstest": {"internal/store"},

	"cmd/...": {"", "cmd/fastclip/...", "bench", "datasets/...", "encoders/...", "eval/...", "judge/...", "metrics/...", "indexes/...", "reports/...", "internal/..."},

	"internal/cache":      {},
	"internal/derived":    {},
	"internal/fileid":     {},
	"internal/half":       {},
	"internal/machine":    {},
	"internal/isa":        {},
	"internal/native":     {},
	"internal/python":     {"internal/native"},
	"internal/redact":     {},
	"internal/progress":   {},
	"internal/sheet":      {},
	"internal/strictyaml": {"internal/suggest"},
	"internal/suggest":    {},
	"internal/testenv":    {"internal/native"},
}

// owners says which packages or files alone may import a package from outside (or one below
// it), so that each can be exchanged in one place. "C" is cgo.
var owners = map[string][]string{
	"google.golang.org/protobuf":       {"encoders/onnxfile", "encoders/onnxfile/onnxtest"},
	"C":                                {"encoders/preprocess/...", "metrics/rank/tiles", "metrics/stats/lanes", "encoders/ort/trim.go"},
	"github.com/yalue/onnxruntime_go":  {"encoders/ort"},
	"gocv.io/x/gocv":                   {"encoders/cv"},
	"github.com/parquet-go":            {"internal/store", "datasets/parquetpages", "datasets/layouts/hfparquet_list.go", "datasets/layouts/hfparquet_pages.go", "datasets/layouts/hfparquet_read.go", "datasets/layouts/hfparquet_shard.go", "datasets/export/hfparquet.go", "datasets/export/hfparquet_columns.go"},
	"modernc.org/sqlite":               {"indexes/sqlitevec"},
	"github.com/jackc/pgx":             {"indexes/pgvector"},
	"github.com/spf13/cobra":           {"cmd/..."},
	"github.com/agnivade/levenshtein":  {"internal/suggest"},
	"github.com/goccy/go-yaml":         {"internal/strictyaml"},
	"golang.org/x/perf":                {"metrics/stats"},
	"gonum.org/v1/plot":                {"reports/charts"},
	"github.com/aclements/go-moremath": {"metrics/stats"},
	"github.com/stretchr/testify":      {"datasets/datasetstest", "encoders/encoderstest", "indexes/indexestest"},
	"testing":                          {"datasets/datasetstest", "encoders/encoderstest", "indexes/indexestest", "internal/testenv"},
}
