package modelscmd

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/datasets/scenes"
)

// writeScenes writes n generated pictures each of one, two and three objects into dir. Models are compared and calibrated on them unless the user names
// pictures.
func writeScenes(ctx context.Context, dir string, n int) error {
	art, err := fastclip.Art()
	if err != nil {
		return err
	}
	if art, err = fs.Sub(art, "noto"); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for objects := 1; objects <= 3; objects++ {
		ds, err := scenes.Open(art, scenes.Spec{Objects: objects, Count: n, Seed: 11})
		if err != nil {
			return err
		}
		for im, err := range ds.Images(ctx) {
			if err != nil {
				return err
			}
			data, err := im.Read(ctx)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(im.ID, "/", "-")), data, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// sampleTexts are captions of different lengths, from one token to more than the context.
func sampleTexts() []string {
	return []string{
		"x", "a dog", "two cats", "a photo of a red shoe", "a photo of a dog and a ball", "une tasse de café", "犬の写真",
		"An old man with a hat sits on a bench, reading a newspaper.", "screenshot of a spreadsheet with 3 columns",
		"a black and white photograph of a steam train crossing a stone bridge over a river in winter",
		"A plate of food: rice, beans, two fried eggs & a slice of avocado — with a glass of orange juice (half full) beside it",
		strings.Repeat("a street with cars, bicycles and people under umbrellas ", 6),
		strings.Repeat("many words ", 60),
	}
}
