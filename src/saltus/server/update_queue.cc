#include "saltus/server/update_queue.h"

#include <ATen/Parallel.h>

#include <chrono>

#include "saltus/base/error.h"
#include "saltus/server/slots.h"
#include "saltus/workflow/updating.h"

namespace saltus {
namespace {

// The requests' rows one below the other.
UpdateRequest joined(const std::vector<UpdateRequest>& requests) {
  if (requests.size() == 1) return requests.front();
  std::vector<at::Tensor> theta, start_metric, prompt;
  UpdateRequest all;
  for (const UpdateRequest& request : requests) {
    theta.push_back(request.theta);
    start_metric.push_back(request.start_metric);
    prompt.push_back(request.prompt);
    all.noise.insert(all.noise.end(), request.noise.begin(), request.noise.end());
  }
  all.theta = at::cat(theta);
  all.start_metric = at::cat(start_metric);
  all.prompt = at::cat(prompt);
  return all;
}

}  // namespace

UpdateQueue::UpdateQueue(int threads, int64_t longest, Counters& counters)
    : longest_(longest), counters_(counters) {
  counters_.describe("saltus_update_batch_rows", "networks updated in one call of a generator");
  counters_.describe("saltus_update_batch_seconds", "of one call of a generator");
  counters_.gauge("saltus_queue_waiting", [this] { return static_cast<double>(waiting()); });
  thread_ = std::thread([this, threads] { compute(threads); });
}

UpdateQueue::~UpdateQueue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

int64_t UpdateQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(queue_.size());
}

UpdateQueue::Sampled UpdateQueue::sample(const Generator& generator, const SamplerConfig& sampler,
                                         UpdateRequest request, const std::atomic<bool>& stop) {
  check(static_cast<int64_t>(request.noise.size()) == request.theta.size(0) &&
            request.theta.size(0) <= kUpdateBatch,
        "UpdateQueue: a noise a row, and no more rows than a batch");
  const auto ticket = std::make_shared<Ticket>();
  ticket->generator = &generator;
  ticket->sampler = sampler;
  ticket->request = std::move(request);
  return wait(ticket, stop);
}

void UpdateQueue::run(std::function<void()> work, const std::atomic<bool>& stop) {
  const auto ticket = std::make_shared<Ticket>();
  ticket->work = std::move(work);
  wait(ticket, stop);
  if (ticket->abandoned) fail_gone();  // it may not have been done
}

UpdateQueue::Sampled UpdateQueue::wait(const std::shared_ptr<Ticket>& ticket,
                                       const std::atomic<bool>& stop) {
  std::future<Sampled> result = ticket->done.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (static_cast<int64_t>(queue_.size()) >= longest_) fail_busy("updates");
    queue_.push_back(ticket);
  }
  changed_.notify_one();
  while (result.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready) {
    if (!stop) continue;
    ticket->abandoned = true;
    // Work of the caller's own may be running now, on what is the caller's.
    if (ticket->generator != nullptr) fail_gone();
  }
  return result.get();
}

UpdateQueue::Tickets UpdateQueue::take() {
  Tickets tickets;
  int64_t rows = 0;
  for (auto at = queue_.begin(); at != queue_.end();) {
    const Ticket& ticket = **at;
    if (!tickets.empty() &&
        (!tickets.front()->fits(ticket) || rows + ticket.rows() > kUpdateBatch)) {
      ++at;
      continue;
    }
    tickets.push_back(*at);
    at = queue_.erase(at);
    if (ticket.generator == nullptr) break;
    rows += ticket.rows();
  }
  return tickets;
}

void UpdateQueue::serve(const Tickets& tickets) {
  Tickets wanted;
  std::vector<UpdateRequest> requests;
  for (const auto& ticket : tickets) {
    if (ticket->abandoned) {
      ticket->done.set_value(Sampled{});
      continue;
    }
    wanted.push_back(ticket);
    requests.push_back(ticket->request);
  }
  if (wanted.empty()) return;
  try {
    if (wanted.front()->generator == nullptr) {
      wanted.front()->work();
      wanted.front()->done.set_value(Sampled{});
      return;
    }
    const auto began = std::chrono::steady_clock::now();
    const at::Tensor theta =
        wanted.front()->generator->update(joined(requests), wanted.front()->sampler);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
    const auto rows = static_cast<double>(theta.size(0));
    counters_.observe("saltus_update_batch_rows", "", rows);
    counters_.observe("saltus_update_batch_seconds", "", seconds.count());
    int64_t first = 0;
    for (const auto& ticket : wanted) {
      const int64_t count = ticket->rows();
      ticket->done.set_value(
          {theta.narrow(0, first, count), seconds.count() * static_cast<double>(count) / rows});
      first += count;
    }
  } catch (...) {
    // All of them asked for the same of the same generator, so the fault is everyone's.
    for (const auto& ticket : wanted) ticket->done.set_exception(std::current_exception());
  }
}

void UpdateQueue::compute(int threads) {
  at::set_num_threads(threads);  // of this thread
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const Tickets tickets = take();
    lock.unlock();
    serve(tickets);
    lock.lock();
  }
}

}  // namespace saltus
