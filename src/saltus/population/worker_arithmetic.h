// How LibTorch computes on one of several worker threads.
#pragma once

namespace saltus {

// While it lives, LibTorch computes on the calling thread alone, and numbers below 1e-38 count as
// 0: the moments of a dead unit would otherwise shrink into the range where processors are slow.
// Puts back what was before. May be nested.
class WorkerArithmetic {
 public:
  WorkerArithmetic();
  ~WorkerArithmetic();
  WorkerArithmetic(const WorkerArithmetic&) = delete;
  WorkerArithmetic& operator=(const WorkerArithmetic&) = delete;

 private:
  int threads_;
  bool flushes_;
};

}  // namespace saltus
