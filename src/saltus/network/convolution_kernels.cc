#include "saltus/network/convolution_kernels.h"

#include "saltus/base/kernel_table.h"

namespace saltus {

SALTUS_KERNEL_TABLE(ConvolutionKernels, kConvolutionKernels)

const ConvolutionKernels& convolution_kernels(Isa isa) { return choose_kConvolutionKernels(isa); }

}  // namespace saltus
