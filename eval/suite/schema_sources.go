package suite

import "github.com/fastclip/fastclip/internal/strictyaml"

// sourceRules are the schema's rules for the sources of datasets.
func sourceRules() map[string]strictyaml.Rule {
	doc := func(text string, examples ...string) strictyaml.Rule {
		return strictyaml.Rule{Doc: text, Examples: examples}
	}
	wants := func(keys ...string) strictyaml.Rule { return strictyaml.Rule{Required: keys} }
	links := strictyaml.Rule{Doc: "With follow, links may lead out of the folder. Otherwise such links are refused.", Enum: []string{"", "follow"}}
	images := doc("The folder of the pictures.")
	classes := doc("A file with one class name per line, for labels that are numbers.")
	where := doc("Uses only rows whose columns have these values.")
	split := doc("Short for where: {split: NAME}.", "test")
	return map[string]strictyaml.Rule{
		"Scenes":          wants("objects", "count"),
		"Scenes.objects":  strictyaml.Between(1, 3, "Number of labelled objects per picture."),
		"Scenes.count":    strictyaml.AtLeast(1, "Number of pictures."),
		"Scenes.per_set":  strictyaml.AtLeast(0, "Number of pictures with the same labels."),
		"Scenes.seed":     doc("Seed of the drawing."),
		"Scenes.size":     {Doc: "JPEG files of this size. Default: several sizes and formats.", Pattern: `^([0-9]+x[0-9]+)?$`, Examples: []string{"640x425"}},
		"Scenes.captions": doc("Number of captions per picture, which replace queries for labels."),

		"Folder": wants("path"), "Folder.path": doc("The folder."), "Folder.links": links,
		"Captions": wants("path"), "Captions.path": doc("The folder."), "Captions.links": links,

		"Table": wants("path"), "Table.path": doc("The CSV, TSV or JSONL file."), "Table.links": links,
		"Table.images": doc("The folder of the pictures. Default: the folder of the table."), "Table.classes": classes,
		"Table.columns": doc("Names of columns. Default: the first usual name that exists."),
		"Table.where":   where, "Table.split": split,
		"Columns.path":     doc("The column with the picture's path, or the picture itself in parquet."),
		"Columns.labels":   doc("The column with labels."),
		"Columns.captions": doc("The column with captions."),

		"Coco": wants("images"), "Coco.images": images, "Coco.links": links,
		"Coco.captions":  doc("The file of captions."),
		"Coco.instances": doc("The file of instances, for labels."),

		"Karpathy": wants("path", "images"), "Karpathy.images": images, "Karpathy.links": links,
		"Karpathy.path":  doc("The split's JSON file."),
		"Karpathy.split": doc("The part to use. Default: test.", "test", "val", "train"),

		"Flickr": wants("tokens", "images"), "Flickr.images": images, "Flickr.links": links,
		"Flickr.tokens": doc("The file of captions."),
		"Flickr.list":   doc("A file with the names of the pictures to use. Default: all."),

		"Webdataset": wants("shards"), "Webdataset.classes": classes,
		"Webdataset.shards": doc("The shards' files.", "shard-{000..012}.tar"),

		"HFParquet": wants("files"), "HFParquet.classes": classes,
		"HFParquet.files":   doc("The parquet files.", "data/test-*.parquet"),
		"HFParquet.columns": doc("Names of columns. Default: the first usual name that exists."),
		"HFParquet.where":   where, "HFParquet.split": split,
	}
}
