// gocv includes opencv2/opencv.hpp, which includes every module of the distribution; these
// three are what setup installs.
#pragma once
#include "opencv2/core.hpp"
#include "opencv2/imgcodecs.hpp"
#include "opencv2/imgproc.hpp"
