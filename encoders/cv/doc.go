// Package cv has OpenCV's decoder and resize filters as stages of a pipeline. OpenCV is
// behind the build tag "opencv"; without it every stage is unavailable and says so.
package cv
