// The threads on which generators compute. What several requests want of the same generator at the
// same time is computed together: eight rows at once cost each of them less than one alone does.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "saltus/generator/generator.h"
#include "saltus/http/counters.h"

namespace saltus {

class UpdateQueue {
 public:
  // Threads, each of which computes alone: for a small generator that is worth more than sharing
  // each of its small products. `most`: requests at once, waiting or being computed. `bf16`: matrix
  // products take factors rounded to bfloat16, as in training.precision=bf16.
  UpdateQueue(int workers, int64_t most, Counters& counters, bool bf16 = false);
  ~UpdateQueue();
  UpdateQueue(const UpdateQueue&) = delete;
  UpdateQueue& operator=(const UpdateQueue&) = delete;

  struct Sampled {
    at::Tensor theta;    // [K, P]
    double seconds = 0;  // that these rows took: their share of their batches' time
  };
  // Generator::update, up to rounding, in company. `request` gives each row's noise. Waits;
  // HttpFault 503 when there are too many requests already, or once `stop` is set.
  Sampled sample(const Generator& generator, const SamplerConfig& sampler,
                 const UpdateRequest& request, const std::atomic<bool>& stop);

  // Any other work for one of these threads, in its turn.
  void run(std::function<void()> work, const std::atomic<bool>& stop);

  int64_t waiting() const;  // parts of requests that no thread has taken yet

 private:
  // A request's rows that go together, or other work.
  struct Ticket {
    const Generator* generator = nullptr;  // null: `work`
    SamplerConfig sampler;
    UpdateRequest request;
    std::function<void()> work;
    std::promise<Sampled> done;
    std::atomic<bool> abandoned{false};
    int64_t rows() const { return generator == nullptr ? 1 : request.theta.size(0); }
    bool fits(const Ticket& other) const {
      return generator != nullptr && generator == other.generator && sampler == other.sampler;
    }
  };
  using Tickets = std::vector<std::shared_ptr<Ticket>>;

  // Queues them and waits for all: their results, in order.
  std::vector<Sampled> serve(const Tickets& tickets, const std::atomic<bool>& stop);
  void work_loop();
  Tickets take();  // with the lock held: those that go next, together
  void compute(const Tickets& tickets);

  const int64_t most_;
  const bool bf16_;
  Counters& counters_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Ticket>> queue_;
  std::atomic<int64_t> admitted_{0};
  bool ending_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace saltus
