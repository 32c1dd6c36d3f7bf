package reports

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// chromium finds a browser, or skips the test: ./task test-browser installs one.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("FASTCLIP_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	if os.Getenv("FASTCLIP_NEED_CHROMIUM") != "" {
		t.Fatal("no Chromium")
	}
	t.Skip("no Chromium: ./task test-browser installs it and runs this test")
	return ""
}

// browser is a headless Chromium; it is closed with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := chromium(t)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.WSURLReadTimeout(time.Minute),
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx)) // starts it: a time limit set before would end it
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// evaluate is a script's value in the page.
func evaluate[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	require.NoError(t, err)
	return v
}

// complaints collects what a page should never cause: errors, warnings of the console, requests.
type complaints struct {
	sync.Mutex
	all []string
}

func (c *complaints) add(s string) {
	c.Lock()
	defer c.Unlock()
	c.all = append(c.all, s)
}

func (c *complaints) listen(t *testing.T, ctx context.Context) {
	t.Helper()
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			c.add("exception: " + e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			c.add("console: " + string(e.Type))
		case *log.EventEntryAdded:
			c.add("log: " + e.Entry.Text)
		case *network.EventRequestWillBeSent:
			if url := e.Request.URL; !strings.HasPrefix(url, "file:") && !strings.HasPrefix(url, "data:") {
				c.add("request: " + url)
			}
		}
	}))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	require.NoError(t, err)
	_, err = chromedp.Call(ctx, runtime.Enable, cdp.Empty{})
	require.NoError(t, err)
}

// look is how a page is looked at.
type look struct {
	name          string
	width, height int64
	scheme        string
}

var looks = []look{
	{"light", 1280, 900, "light"}, {"dark", 1280, 900, "dark"}, {"phone-light", 390, 844, "light"}, {"phone-dark", 390, 844, "dark"},
}

// open loads a page as a look has it, everything in it unfolded.
func (l look) open(t *testing.T, ctx context.Context, file string) {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(l.width, l.height)))
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}},
	})
	require.NoError(t, err)
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("file://"+file)))
	evaluate[int](t, ctx, `[...document.querySelectorAll("details")].map(d => d.open = true).length`)
}

// faults is what is wrong with the page's shape, as text; the checks are in the script.
const faults = `(() => {
  const out = [], wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) out.push("the page scrolls sideways: " + document.documentElement.scrollWidth + " > " + wide);
  for (const e of document.querySelectorAll("main *, header *")) {
    if (e.closest(".wide") && !e.matches(".wide")) continue;
    const r = e.getBoundingClientRect();
    if (r.width && r.right > wide + 1) out.push("beyond the edge: " + e.tagName + "." + e.className + " " + e.textContent.slice(0, 40));
  }
  const box = e => { const r = e.getBoundingClientRect(); return {l: r.left, t: r.top, r: r.right, b: r.bottom, s: e.textContent}; };
  document.querySelectorAll("svg.chart").forEach((svg, n) => {
    const name = svg.getAttribute("aria-label") + " " + n, f = box(svg), texts = [...svg.querySelectorAll("text")].map(box);
    texts.forEach((a, i) => {
      if (a.l < f.l - 0.5 || a.r > f.r + 0.5 || a.t < f.t - 1.5 || a.b > f.b + 1.5) out.push(name + ": cut: " + a.s);
      for (const b of texts.slice(i + 1)) {
        const w = Math.min(a.r, b.r) - Math.max(a.l, b.l), h = Math.min(a.b, b.b) - Math.max(a.t, b.t);
        if (w > 1 && h > 3) out.push(name + ": " + a.s + " over " + b.s + " by " + w.toFixed(1) + "x" + h.toFixed(1));
      }
    });
  });
  const lum = c => { const v = c.match(/[\d.]+/g).slice(0, 3).map(x => { x /= 255; return x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; }); return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  for (const e of document.querySelectorAll("p, td, th, li, small, strong, summary span, figcaption, dt, dd, svg.chart text")) {
    let g = e, ground = "";
    while (g && !ground) { const c = getComputedStyle(g).backgroundColor; ground = /, 0\)$/.test(c) ? "" : c; g = g.parentElement; }
    const style = getComputedStyle(e);
    if (e.tagName === "text" && /--on/.test(e.getAttribute("style"))) continue; // on a cell of its own colour
    const a = lum(e.tagName === "text" ? style.fill : style.color), b = lum(ground);
    if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) { out.push("pale: " + e.tagName + " " + e.className + " " + e.textContent.slice(0, 30)); break; }
  }
  return out.slice(0, 12);
})()`

// pagesToLookAt are the runs whose pages must look right, and FASTCLIP_REPORT, any page on disk.
func pagesToLookAt(t *testing.T) map[string]string {
	t.Helper()
	dir, out := t.TempDir(), map[string]string{}
	if file := os.Getenv("FASTCLIP_REPORT"); file != "" {
		return map[string]string{"page": file}
	}
	for name, made := range pages(t) {
		file := filepath.Join(dir, name+".html")
		require.NoError(t, os.WriteFile(file, []byte(made), 0o644))
		out[name] = file
	}
	return out
}

func TestLooksRight(t *testing.T) {
	ctx := browser(t)
	var bad complaints
	bad.listen(t, ctx)
	for name, file := range pagesToLookAt(t) {
		for _, l := range looks {
			l.open(t, ctx, file)
			assert.Empty(t, evaluate[[]string](t, ctx, faults), "%s %s", name, l.name)
			if dir := os.Getenv("FASTCLIP_SCREENSHOTS"); dir != "" {
				shoot(t, ctx, filepath.Join(dir, name+"-"+l.name))
			}
		}
	}
	assert.Empty(t, bad.all)
}

// shoot keeps pictures of a page, a screen or two each.
func shoot(t *testing.T, ctx context.Context, stem string) {
	t.Helper()
	height, width := evaluate[float64](t, ctx, `document.documentElement.scrollHeight`), evaluate[float64](t, ctx, `innerWidth`)
	const part = 1700
	beyond := true
	for i := 0; float64(i*part) < height && i < 12; i++ {
		shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
			CaptureBeyondViewport: &beyond,
			Clip:                  &page.Viewport{Y: float64(i * part), Width: width, Height: min(part, height-float64(i*part)), Scale: 1},
		})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(stem+"-"+string(rune('a'+i))+".png", shot.Data, 0o644))
	}
}

func TestSortsAndTurns(t *testing.T) {
	ctx := browser(t)
	file := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, os.WriteFile(file, []byte(pages(t)["full"]), 0o644))
	looks[0].open(t, ctx, file)

	column := func(i int) []string {
		t.Helper()
		return evaluate[[]string](t, ctx, fmt.Sprintf(`[...document.querySelector("table.sortable").tBodies[0].rows].map(r => r.cells[%d] ? r.cells[%[1]d].textContent : "")`, i))
	}
	do := func(a chromedp.Action[chromedp.Void]) {
		t.Helper()
		require.NoError(t, chromedp.Do(ctx, a))
	}
	head := func(i int) chromedp.CSS {
		return chromedp.CSS(fmt.Sprintf("table.sortable thead th:nth-child(%d)", i+1))
	}
	before := column(0)
	do(chromedp.Click(head(9))) // cosine min
	assert.Equal(t, []string{"0.8123", "0.99998", "1", "-", ""}, column(9), "numbers as numbers; those without one last")
	do(chromedp.Click(head(9)))
	assert.Equal(t, []string{"1", "0.99998", "0.8123", "-", ""}, column(9))
	do(chromedp.Click(head(7)))
	assert.Equal(t, []string{"0", "9.4e-6", "1.2e-2", "-", ""}, column(7), "powers of ten as numbers")
	do(chromedp.SendKeys(head(0), "\r"))
	assert.ElementsMatch(t, before, column(0))
	assert.IsIncreasing(t, column(0), "by the keyboard")

	ground := func() string {
		t.Helper()
		return evaluate[string](t, ctx, `getComputedStyle(document.body).backgroundColor`)
	}
	light := ground()
	do(chromedp.Click(chromedp.CSS("#theme")))
	dark := ground()
	assert.NotEqual(t, light, dark)
	do(chromedp.Click(chromedp.CSS("#theme")))
	assert.Equal(t, light, ground())
	looks[1].open(t, ctx, file)
	assert.Equal(t, light, ground(), "a choice that was made stays")
	evaluate[bool](t, ctx, `localStorage.clear(), true`)
	looks[1].open(t, ctx, file)
	assert.Equal(t, dark, ground(), "without one it is the system's")
}
