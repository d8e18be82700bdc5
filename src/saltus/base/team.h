// Processes that do one job together, as an MPI launcher starts them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace saltus {

// This one alone, unless a subclass knows of others. Used from one thread.
class Team {
 public:
  virtual ~Team() = default;

  virtual int rank() const { return 0; }  // of this process, below size()
  virtual int size() const { return 1; }
  // Each value becomes its sum over the team, the same on all. Waits for all.
  virtual void sum(std::span<float> /*values*/) {}

  // Whether `flag` is set in any process of the team. Waits for all.
  bool any(bool flag) {
    float count = flag ? 1 : 0;
    sum({&count, 1});
    return count > 0;
  }
  // Whether `value` is the same in all of them. Waits for all.
  bool same(uint64_t value);
  bool leads() const { return rank() == 0; }  // the one that writes files and speaks
};

// The team that a launcher (mpirun, srun) started this process in; else one of its own. What speaks
// MPI is libsaltus-mpi.so, beside the program, and is loaded only then. Error when it is not there,
// or has another MPI than the launcher's.
std::shared_ptr<Team> find_team();

// The number of this process among those that the launcher started on this machine, from 0.
int local_rank();

// What that library offers under this name: a Team that its caller deletes.
using MakeTeam = Team* (*)();
inline constexpr const char* kMakeTeam = "saltus_make_team";

}  // namespace saltus
