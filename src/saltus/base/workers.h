// Threads that stay, for a loop that is run again and again.
#pragma once

#include <barrier>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace saltus {

// As parallel_for (base/job.h), but item i is always done by the same thread, and what libraries
// keep by thread, such as compiled kernels, is there again the next time.
class Workers {
 public:
  explicit Workers(int threads);  // the caller's included
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Calls body(i) for i in [0, n), and waits. The first thread's exception is passed on.
  void for_each(int64_t n, const std::function<void(int64_t)>& body);

 private:
  void work(size_t thread);

  std::barrier<> begin_, end_;
  const std::function<void(int64_t)>* body_ = nullptr;  // none: the threads end
  int64_t n_ = 0;
  std::vector<std::exception_ptr> errors_;  // by thread
  std::vector<std::thread> threads_;
};

}  // namespace saltus
