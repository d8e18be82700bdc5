// One convolution with ReLU on one image, one table for each instruction set.
#pragma once

#include <cstdint>

#include "saltus/base/isa.h"

namespace saltus {

// Maps lie channels last, float32, aligned to 64 bytes. `out` is a multiple of 16.
struct ConvolutionPass {
  int64_t in = 0, out = 0;         // channels
  int64_t kernel = 0, stride = 0;  // of both directions
  int64_t height = 0, width = 0;   // of the output
  const float* x = nullptr;        // padded by kernel / 2: [stride * height + .., x_width, in]
  int64_t x_width = 0;             // of the padded input
  const float* weight = nullptr;   // [kernel, kernel, in, out]
  const float* bias = nullptr;     // [out]
  float* y = nullptr;              // its first place; null: only the means are wanted
  int64_t y_width = 0;             // places from one of its rows to the next
  float* means = nullptr;          // [out]: each channel's average over all places, after ReLU
};

struct ConvolutionKernels {
  void (*relu_pass)(const ConvolutionPass& pass);
};

const ConvolutionKernels& convolution_kernels(Isa isa);

}  // namespace saltus
