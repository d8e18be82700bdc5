// Numbers a denoiser takes from the zoo before it is trained.
#pragma once

#include <cstdint>

#include "saltus/generator/neural_graph_denoiser.h"
#include "saltus/network/probes.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// Scales of starts, updates and unit responses, from up to 1,000 checkpoints of the training split.
void set_statistics(NeuralGraphDenoiser& denoiser, const Zoo& zoo, const Probes& probes,
                    uint64_t seed);

// The factor that gives the zoo's parameters the deviation 0.538 that the reference's have.
double paper_coefficient(const Zoo& zoo, uint64_t seed);

}  // namespace saltus
