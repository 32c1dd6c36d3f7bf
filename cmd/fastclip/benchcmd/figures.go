package benchcmd

import (
	"fmt"
)

const noFigure = "-"

func num(x *float64, digits int) string {
	if x == nil {
		return noFigure
	}
	return fmt.Sprintf("%.*f", digits, *x)
}

func small(x *float64) string {
	if x == nil {
		return noFigure
	}
	return fmt.Sprintf("%.1e", *x)
}
