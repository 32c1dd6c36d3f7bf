package blobstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

const sealMark = "\nsha256 "

// Seal adds a checksum to a text, as its last line.
func Seal(data []byte) []byte {
	sum := sha256.Sum256(data)
	return append(append(bytes.Clone(data), sealMark...), hex.EncodeToString(sum[:])+"\n"...)
}

// PutSealed stores a text with its checksum.
func PutSealed(ctx context.Context, s Store, name string, data []byte) error {
	return s.Put(ctx, name, Seal(data))
}

// GetSealed reads what PutSealed stored, and checks that it is unchanged.
func GetSealed(ctx context.Context, s Store, name string) ([]byte, error) {
	all, err := s.Get(ctx, name, 0, -1)
	if err != nil {
		return nil, err
	}
	at := bytes.LastIndex(all, []byte(sealMark))
	if at < 0 || !bytes.Equal(Seal(all[:at]), all) {
		return nil, fmt.Errorf("%s in the store is damaged (wrong checksum): delete it", name)
	}
	return all[:at], nil
}
