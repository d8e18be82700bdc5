// The safetensors format (https://github.com/huggingface/safetensors): u64 header length, JSON
// header (name -> dtype, shape, data_offsets; "__metadata__": string -> string), then raw data.
// Written without gaps, wider elements first (so that every element is aligned), otherwise in the
// given order; read with every bound checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "saltus/base/file.h"

namespace saltus {

enum class Dtype { F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL };

size_t dtype_size(Dtype dtype);
std::string_view dtype_name(Dtype dtype);      // as in the format: "F32"
Dtype dtype_from_name(std::string_view name);  // Error listing the names that exist

// A tensor's description and bytes; the bytes belong to someone else.
struct TensorView {
  std::string name;
  Dtype dtype = Dtype::F32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;

  int64_t elements() const;
  // The data as T; Error unless the dtype is T's (float, double, int64_t, int32_t, uint8_t) and
  // the data is aligned for it (in files written by this or the reference library it is).
  template <typename T>
  std::span<const T> as() const;
};

using Metadata = std::map<std::string, std::string>;

// The whole file as bytes: deterministic for equal arguments.
std::string encode_safetensors(const std::vector<TensorView>& tensors,
                               const Metadata& metadata = {});

// An open file; views stay valid as long as it lives (its mapping does not move).
class SafetensorsFile {
 public:
  // Error (path, what is wrong) when the header or any offset does not fit the file exactly.
  explicit SafetensorsFile(const fs::path& path);

  const std::vector<TensorView>& tensors() const { return tensors_; }  // in file order
  const Metadata& metadata() const { return metadata_; }
  const TensorView* find(std::string_view name) const;  // nullptr when absent
  const TensorView& at(std::string_view name) const;    // Error listing the names that exist
  const fs::path& path() const { return path_; }
  void release() const { file_.release(); }  // memory: see MappedFile

 private:
  fs::path path_;
  MappedFile file_;
  std::vector<TensorView> tensors_;
  Metadata metadata_;
};

}  // namespace saltus
