#include "saltus/server/update_queue.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>

#include "saltus/base/error.h"
#include "saltus/generator/precision.h"
#include "saltus/server/slots.h"
#include "saltus/workflow/updating.h"

namespace saltus {
namespace {

// Rows computed at once: enough to fill the products, few enough for a core's cache.
constexpr int64_t kTogether = 16;

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

UpdateQueue::UpdateQueue(int workers, int64_t most, Counters& counters, bool bf16)
    : most_(most), bf16_(bf16), counters_(counters) {
  counters_.describe("saltus_update_batch_rows", "networks updated in one call of a generator");
  counters_.describe("saltus_update_batch_seconds", "of one call of a generator");
  counters_.gauge("saltus_queue_waiting", [this] { return static_cast<double>(waiting()); });
  for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { work_loop(); });
}

UpdateQueue::~UpdateQueue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

int64_t UpdateQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(queue_.size());
}

UpdateQueue::Sampled UpdateQueue::sample(const Generator& generator, const SamplerConfig& sampler,
                                         const UpdateRequest& request,
                                         const std::atomic<bool>& stop) {
  const int64_t rows = request.theta.size(0);
  check(static_cast<int64_t>(request.noise.size()) == rows, "UpdateQueue: a noise a row");
  Tickets tickets;
  for (int64_t first = 0; first < rows; first += kTogether) {
    tickets.push_back(std::make_shared<Ticket>());
    tickets.back()->generator = &generator;
    tickets.back()->sampler = sampler;
    tickets.back()->request = request.rows(first, std::min(kTogether, rows - first));
  }
  std::vector<at::Tensor> parts;
  double seconds = 0;
  for (const Sampled& part : serve(tickets, stop)) {
    parts.push_back(part.theta);
    seconds += part.seconds;
  }
  return {joined_rows(parts), seconds};
}

void UpdateQueue::run(std::function<void()> work, const std::atomic<bool>& stop) {
  const auto ticket = std::make_shared<Ticket>();
  ticket->work = std::move(work);
  serve({ticket}, stop);
}

std::vector<UpdateQueue::Sampled> UpdateQueue::serve(const Tickets& tickets,
                                                     const std::atomic<bool>& stop) {
  struct Admission {
    std::atomic<int64_t>& count;
    ~Admission() { --count; }
  };
  const Admission admission{admitted_};
  if (++admitted_ > most_) fail_busy("updates");
  std::vector<std::future<Sampled>> results;
  for (const auto& ticket : tickets) results.push_back(ticket->done.get_future());
  {
    const std::lock_guard lock(mutex_);
    queue_.insert(queue_.end(), tickets.begin(), tickets.end());
  }
  if (tickets.size() == 1) {
    changed_.notify_one();
  } else {
    changed_.notify_all();
  }
  std::vector<Sampled> sampled;
  for (std::future<Sampled>& result : results) {
    while (result.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready) {
      if (!stop) continue;
      for (const auto& ticket : tickets) ticket->abandoned = true;
      // Other work may be under way, on what is the caller's.
      if (tickets.front()->generator != nullptr) fail_gone();
    }
    sampled.push_back(result.get());
  }
  if (tickets.front()->abandoned) fail_gone();  // it may not have been done
  return sampled;
}

UpdateQueue::Tickets UpdateQueue::take() {
  // What fits the first, shared out evenly while that leaves no thread without work.
  const Ticket& first = *queue_.front();
  int64_t rows = 0;
  for (const auto& ticket : queue_) rows += first.fits(*ticket) ? ticket->rows() : 0;
  const auto workers = static_cast<int64_t>(workers_.size());
  const int64_t most = std::clamp((rows + workers - 1) / workers, first.rows(), kTogether);
  Tickets tickets = {queue_.front()};
  queue_.pop_front();
  rows = tickets.front()->rows();
  for (auto at = queue_.begin(); at != queue_.end() && rows < most;) {
    if (!tickets.front()->fits(**at) || rows + (*at)->rows() > kTogether) {
      ++at;
      continue;
    }
    rows += (*at)->rows();
    tickets.push_back(*at);
    at = queue_.erase(at);
  }
  return tickets;
}

void UpdateQueue::compute(const Tickets& tickets) {
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
  std::vector<Sampled> results(wanted.size());
  try {
    if (wanted.front()->generator == nullptr) {
      wanted.front()->work();
    } else {
      const AutocastGuard precision(bf16_);
      const auto began = std::chrono::steady_clock::now();
      const at::Tensor theta =
          wanted.front()->generator->update(joined(requests), wanted.front()->sampler);
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
      const auto rows = static_cast<double>(theta.size(0));
      counters_.observe("saltus_update_batch_rows", "", rows);
      counters_.observe("saltus_update_batch_seconds", "", seconds.count());
      int64_t first = 0;
      for (size_t i = 0; i < wanted.size(); ++i) {
        const int64_t count = wanted[i]->rows();
        results[i] = {theta.narrow(0, first, count),
                      seconds.count() * static_cast<double>(count) / rows};
        first += count;
      }
    }
  } catch (...) {
    // All of them asked for the same of the same generator, so the fault is everyone's.
    for (const auto& ticket : wanted) ticket->done.set_exception(std::current_exception());
    return;
  }
  for (size_t i = 0; i < wanted.size(); ++i) wanted[i]->done.set_value(std::move(results[i]));
}

void UpdateQueue::work_loop() {
  at::set_num_threads(1);  // of this thread
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const Tickets tickets = take();
    lock.unlock();
    compute(tickets);
    lock.lock();
  }
}

}  // namespace saltus
