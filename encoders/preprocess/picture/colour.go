package picture

// Colour says what pixels are resized in.
type Colour string

// Colours.
const (
	ColourMode Colour = "mode" // as decoded, which is openai/CLIP's way
	ColourRGB  Colour = "rgb"
	ColourGrey Colour = "grey"
	// ColourOnBlack is RGB with what is transparent blended onto black: what a premultiplied
	// picture is when its alpha is forgotten.
	ColourOnBlack Colour = "rgb-on-black"
)
