// A metric for tests: a return from 0 to 500.
#pragma once

#include "saltus/network/metric.h"

namespace saltus {

inline Metric return_metric() {
  return {.name = "return",
          .maximise = true,
          .measured_on = "simulator",
          .worst = 0,
          .best = 500,
          .resolution = 5};
}

}  // namespace saltus
