#include "saltus/base/isa.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "saltus/base/error.h"
#include "saltus/base/options.h"

namespace saltus {

namespace {
constexpr std::array kAll = {Isa::baseline, Isa::avx2, Isa::avx512};

bool supported(Isa isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (isa == Isa::avx2) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
  }
  if (isa == Isa::avx512) {
    return supported(Isa::avx2) && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  }
#endif
  return isa == Isa::baseline;
}
}  // namespace

std::string_view isa_name(Isa isa) {
  switch (isa) {
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
    case Isa::baseline:
      break;
  }
  return "baseline";
}

std::string_view isa_arithmetic([[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  return isa == Isa::baseline ? "x86-64" : "x86-64 with fused multiply-add";
#else
  return "native";
#endif
}

bool has_bf16_products() {
#if defined(__x86_64__)
  return supported(Isa::avx512) && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

std::vector<Isa> available_isas() {
  std::vector<Isa> found;
  std::copy_if(kAll.begin(), kAll.end(), std::back_inserter(found), supported);
  return found;
}

Isa selected_isa() {
  const std::vector<Isa> available = available_isas();
  const char* wanted = std::getenv("SALTUS_ISA");
  if (wanted == nullptr || *wanted == '\0') return available.back();
  std::vector<std::string> names;
  for (const Isa isa : kAll) names.emplace_back(isa_name(isa));
  const auto named = std::find(names.begin(), names.end(), wanted);
  if (named == names.end()) {
    fail("SALTUS_ISA: expected one of {}, found \"{}\"; did you mean \"{}\"?",
         fmt::join(names, ", "), wanted, nearest_name(wanted, names));
  }
  const Isa isa = kAll[static_cast<size_t>(named - names.begin())];
  if (!supported(isa)) {
    fail("SALTUS_ISA: this machine cannot run \"{}\"; unset it to use \"{}\"", wanted,
         isa_name(available.back()));
  }
  return isa;
}

}  // namespace saltus
