package tasks

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/cache"
)

// FreshMark is the mark of a fresh run of a suite. It is a new mark, or that of a run that has not ended.
// So the same command continues where its driver died.
func FreshMark(ctx context.Context, s blobstore.Store, of *suite.Suite) (string, error) {
	name, err := freshName(of)
	if err != nil {
		return "", err
	}
	for {
		var mark string
		data, err := blobstore.GetSealed(ctx, s, name)
		if err == nil {
			err = json.Unmarshal(data, &mark)
			return mark, err
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("mark of a fresh run: %w", err)
		}
		random := make([]byte, 6)
		if _, err := rand.Read(random); err != nil {
			return "", err
		}
		if data, err = json.Marshal(hex.EncodeToString(random)); err != nil {
			return "", err
		}
		if err := blobstore.PutSealed(ctx, s, name, data); err != nil && !errors.Is(err, blobstore.ErrExists) {
			return "", fmt.Errorf("mark of a fresh run: %w", err)
		}
	}
}

// FreshDone forgets the mark, because the run is complete.
func FreshDone(ctx context.Context, s blobstore.Store, of *suite.Suite) error {
	name, err := freshName(of)
	if err != nil {
		return err
	}
	return s.Delete(ctx, name)
}

func freshName(of *suite.Suite) (string, error) {
	data, err := json.Marshal(of)
	if err != nil {
		return "", fmt.Errorf("mark of a fresh run: %w", err)
	}
	return "fresh/" + cache.Key(string(data)) + ".json", nil
}
