// Package cv provides OpenCV's decoder and resize filters as stages of a pipeline. It needs the build tag
// "opencv". Without the tag every stage is unavailable and says so.
package cv
