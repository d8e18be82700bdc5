// A Team over all processes of MPI_COMM_WORLD.
#include <mpi.h>

#include <cstdlib>
#include <exception>

#include "saltus/base/team.h"

namespace {

// MPI's own errors, and the death of another process, end the whole job, which is MPI's default:
// what was saved stays, and the job is started again.
class MpiTeam : public saltus::Team {
 public:
  MpiTeam() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  // A process that failed ends the others, which wait for it, once it has said why.
  ~MpiTeam() override {
    if (std::uncaught_exceptions() == 0) {
      MPI_Finalize();
    } else {
      std::atexit([] { MPI_Abort(MPI_COMM_WORLD, 1); });
    }
  }
  MpiTeam(const MpiTeam&) = delete;
  MpiTeam& operator=(const MpiTeam&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void sum(std::span<float> values) override {
    MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_FLOAT, MPI_SUM,
                  MPI_COMM_WORLD);
  }

 private:
  int rank_ = 0, size_ = 1;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) saltus::Team* saltus_make_team() {
  return new MpiTeam;
}
