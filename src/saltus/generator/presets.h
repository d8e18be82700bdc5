// The two presets of one generator: name -> denoiser.
#pragma once

#include <cstdint>
#include <memory>

#include "saltus/generator/denoiser.h"
#include "saltus/generator/generator.h"
#include "saltus/network/probes.h"

namespace saltus {

// A denoiser for description.config ("preset" and the options under "generator"), with weights
// drawn from `seed`. Error with the nearest name for an unknown preset.
std::shared_ptr<Denoiser> make_denoiser(const GeneratorDescription& description,
                                        const Probes& probes, uint64_t seed);

}  // namespace saltus
