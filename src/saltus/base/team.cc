#include "saltus/base/team.h"

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "saltus/base/error.h"
#include "saltus/base/file.h"

namespace saltus {
namespace {

constexpr const char* kAdvice =
    "install MPI (libopenmpi-dev) and build again, or start one process alone";

// The first of these variables of the environment that is a number above `least`, or `least`.
int told(const std::array<const char*, 4>& variables, int least) {
  for (const char* variable : variables) {
    const char* value = std::getenv(variable);
    if (value != nullptr && std::atoi(value) > least) return std::atoi(value);
  }
  return least;
}

// How many processes the launcher says it started; 1 where there is none.
int launched_processes() {
  // Open MPI, MPICH and Intel, MVAPICH, srun.
  return told({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"},
              1);
}

}  // namespace

int local_rank() {
  return told({"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK",
               "SLURM_LOCALID"},
              0);
}

bool Team::same(uint64_t value) {
  constexpr size_t kParts = 4;  // of 16 bits, which a float holds exactly
  const auto processes = static_cast<size_t>(size());
  std::vector<float> seen(kParts * processes);
  for (size_t part = 0; part < kParts; ++part) {
    seen[kParts * static_cast<size_t>(rank()) + part] =
        static_cast<float>(value >> (16 * part) & 0xffff);
  }
  sum(seen);
  for (size_t i = kParts; i < seen.size(); ++i) {
    if (seen[i] != seen[i - kParts]) return false;
  }
  return true;
}

std::shared_ptr<Team> find_team() {
  const int launched = launched_processes();
  if (launched == 1) return std::make_shared<Team>();
  const fs::path library = beside_program("libsaltus-mpi.so");
  void* loaded = dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (loaded == nullptr) {
    fail("{} processes were launched together, and {} cannot be loaded ({}); {}", launched,
         library.string(), dlerror(), kAdvice);
  }
  const auto make = reinterpret_cast<MakeTeam>(dlsym(loaded, kMakeTeam));
  if (make == nullptr)
    fail("{}: expected {} in it, found none; {}", library.string(), kMakeTeam, kAdvice);
  std::shared_ptr<Team> team(make());
  if (team->size() != launched) {
    fail(
        "{} processes were launched together, found {} by the MPI that {} was built with; use the "
        "launcher of that MPI",
        launched, team->size(), library.string());
  }
  return team;
}

}  // namespace saltus
