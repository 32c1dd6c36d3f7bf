package picture

// Colour says to which colours pixels are converted before the resize.
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
