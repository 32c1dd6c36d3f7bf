package charts

import (
	"fmt"
	"image/color"
	"strings"
)

// ink is a colour named by its role. In the SVG an ink is a CSS variable, and the page around the chart
// defines it once for light and once for dark.
type ink int

const (
	inkText ink = iota
	inkSoft
	inkLine
	inkPaper
	inkAccent
	inkFaint
	inkBad
	inkGood
	inkHeat0 // inkHeat0 means nothing; steps get hotter up to inkHeat0+Hottest
)

// Hottest is the last step of the heat scale.
const Hottest = 8

// inkOn is the ink of text on a step of the heat scale.
const inkOn = inkHeat0 + Hottest + 1

// inks is the number of inks.
const inks = int(inkOn) + Hottest + 1

func heat(step int) ink { return inkHeat0 + ink(step) }

func onHeat(step int) ink { return inkOn + ink(step) }

// variable is the ink's CSS variable.
func (i ink) variable() string {
	switch {
	case i >= inkOn:
		return fmt.Sprintf("--on%d", int(i-inkOn))
	case i >= inkHeat0:
		return fmt.Sprintf("--heat%d", int(i-inkHeat0))
	}
	return [...]string{"--ink", "--soft", "--line", "--paper", "--accent", "--faint", "--bad", "--good"}[i]
}

// RGBA is a stand-in colour that no chart uses. It represents the ink until the SVG is finished.
func (i ink) RGBA() (r, g, b, a uint32) {
	return color.RGBA{R: 1, G: 2, B: uint8(i), A: 255}.RGBA()
}

// toVariables replaces the stand-in colours in an SVG by variables.
func toVariables() *strings.Replacer {
	var pairs []string
	for i := range ink(inks) {
		pairs = append(pairs, fmt.Sprintf("#0102%02X", int(i)), "var("+i.variable()+")")
	}
	return strings.NewReplacer(pairs...)
}

// Light and Dark are the inks of the two themes, as CSS declarations. The heat scale has one hue. Each
// step is a decade of drift, and a cell without drift is as bright as the page.
const (
	Light = "--ink:#1d2329;--soft:#5b6672;--line:#dde2e8;--paper:#ffffff;--panel:#f6f8fa;--accent:#1f6feb;--faint:#d7e5fb;--bad:#c0362c;--good:#1a7f4b;--warn:#9a6700;" +
		"--heat0:#f6f8fa;--heat1:#eef3fa;--heat2:#dfeaf8;--heat3:#c5dbf4;--heat4:#9fc4ec;--heat5:#6fa5df;--heat6:#4080c8;--heat7:#24599f;--heat8:#143a70;" +
		"--on0:#5b6672;--on1:#1d2329;--on2:#1d2329;--on3:#1d2329;--on4:#1d2329;--on5:#10151a;--on6:#ffffff;--on7:#ffffff;--on8:#ffffff"
	Dark = "--ink:#e4e8ed;--soft:#98a3af;--line:#2e363f;--paper:#12161b;--panel:#191f26;--accent:#6cacff;--faint:#23344b;--bad:#ff8078;--good:#57c98b;--warn:#e2b03f;" +
		"--heat0:#191f26;--heat1:#1b2530;--heat2:#1d2d40;--heat3:#203a58;--heat4:#264c78;--heat5:#2f639f;--heat6:#4683c9;--heat7:#77abe6;--heat8:#bcd9fa;" +
		"--on0:#98a3af;--on1:#e4e8ed;--on2:#e4e8ed;--on3:#e4e8ed;--on4:#e4e8ed;--on5:#ffffff;--on6:#0b1016;--on7:#0b1016;--on8:#0b1016"
)
