// The thread on which generators compute. What several requests want of the same generator at the
// same time is computed together: a small generator takes little longer for 64 rows than for one.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "saltus/generator/generator.h"
#include "saltus/http/counters.h"

namespace saltus {

class UpdateQueue {
 public:
  // LibTorch's threads in each computation; how many requests may wait.
  UpdateQueue(int threads, int64_t longest, Counters& counters);
  ~UpdateQueue();
  UpdateQueue(const UpdateQueue&) = delete;
  UpdateQueue& operator=(const UpdateQueue&) = delete;

  struct Sampled {
    at::Tensor theta;    // [K, P]
    double seconds = 0;  // that these rows took: their share of a batch's time
  };
  // Generator::update, up to rounding, in company. `request` gives each row's noise and at most
  // kUpdateBatch rows. Waits; HttpFault 503 when too many wait already, or once `stop` is set.
  Sampled sample(const Generator& generator, const SamplerConfig& sampler, UpdateRequest request,
                 const std::atomic<bool>& stop);

  // Any other work for this thread, in its turn.
  void run(std::function<void()> work, const std::atomic<bool>& stop);

  int64_t waiting() const;

 private:
  struct Ticket {
    const Generator* generator = nullptr;  // null: `work`
    SamplerConfig sampler;
    UpdateRequest request;
    std::function<void()> work;
    std::promise<Sampled> done;
    std::atomic<bool> abandoned{false};
    int64_t rows() const { return request.theta.size(0); }
    bool fits(const Ticket& other) const {
      return generator != nullptr && generator == other.generator && sampler == other.sampler;
    }
  };
  using Tickets = std::vector<std::shared_ptr<Ticket>>;

  Sampled wait(const std::shared_ptr<Ticket>& ticket, const std::atomic<bool>& stop);
  void compute(int threads);
  Tickets take();  // with the lock held: those that go next, together
  void serve(const Tickets& tickets);

  const int64_t longest_;
  Counters& counters_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Ticket>> queue_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace saltus
