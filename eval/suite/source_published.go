package suite

import (
	"context"
	"errors"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/layouts"
)

// Coco is COCO's annotation files.
type Coco struct {
	Captions  string `yaml:"captions"`
	Instances string `yaml:"instances"`
	Images    string `yaml:"images"`
	Links     Links  `yaml:"links"`
}

func (c *Coco) check() error {
	if c.Captions == "" && c.Instances == "" {
		return errors.New("coco needs captions, instances, or both")
	}
	return errors.Join(wanted("coco", "folder of images", c.Images), c.Links.check())
}

func (c *Coco) open(ctx context.Context, o datasets.Options, w where) (datasets.Dataset, error) {
	return layouts.OpenCoco(ctx, layouts.CocoOptions{Options: c.Links.in(o), Captions: w.path(c.Captions), Instances: w.path(c.Instances), Images: w.path(c.Images)})
}

// Karpathy is a part of a Karpathy split.
type Karpathy struct {
	Path   string `yaml:"path"`
	Images string `yaml:"images"`
	Split  string `yaml:"split"` // "" means test
	Links  Links  `yaml:"links"`
}

func (k *Karpathy) check() error {
	return errors.Join(wanted("karpathy", "path", k.Path), wanted("karpathy", "folder of images", k.Images), k.Links.check())
}

func (k *Karpathy) open(ctx context.Context, o datasets.Options, w where) (datasets.Dataset, error) {
	return layouts.OpenKarpathy(ctx, layouts.KarpathyOptions{Options: k.Links.in(o), Path: w.path(k.Path), Images: w.path(k.Images), Split: k.Split})
}

// Flickr is Flickr's token file.
type Flickr struct {
	Tokens string `yaml:"tokens"`
	Images string `yaml:"images"`
	List   string `yaml:"list"` // file with the names of the pictures to take; "" means all
	Links  Links  `yaml:"links"`
}

func (f *Flickr) check() error {
	return errors.Join(wanted("flickr", "file of tokens", f.Tokens), wanted("flickr", "folder of images", f.Images), f.Links.check())
}

func (f *Flickr) open(ctx context.Context, o datasets.Options, w where) (datasets.Dataset, error) {
	return layouts.OpenFlickr(ctx, layouts.FlickrOptions{Options: f.Links.in(o), Tokens: w.path(f.Tokens), Images: w.path(f.Images), List: w.path(f.List)})
}
