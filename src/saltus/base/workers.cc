#include "saltus/base/workers.h"

#include <iterator>
#include <utility>

#include "saltus/base/error.h"

namespace saltus {

Workers::Workers(int threads)
    : begin_(threads), end_(threads), errors_(static_cast<size_t>(threads)) {
  check(threads >= 1, "Workers: no threads");
  for (size_t t = 1; t < errors_.size(); ++t) {
    threads_.emplace_back([this, t] {
      for (;;) {
        begin_.arrive_and_wait();
        if (body_ == nullptr) return;
        work(t);
        end_.arrive_and_wait();
      }
    });
  }
}

Workers::~Workers() {
  body_ = nullptr;
  begin_.arrive_and_wait();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::work(size_t thread) {
  try {
    for (auto i = static_cast<int64_t>(thread); i < n_; i += std::ssize(errors_)) (*body_)(i);
  } catch (...) {
    errors_[thread] = std::current_exception();
  }
}

void Workers::for_each(int64_t n, const std::function<void(int64_t)>& body) {
  n_ = n;
  body_ = &body;
  begin_.arrive_and_wait();
  work(0);
  end_.arrive_and_wait();
  for (std::exception_ptr& error : errors_) {
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
  }
}

}  // namespace saltus
