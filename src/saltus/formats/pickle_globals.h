// The globals that the pickles of checkpoints name, and what each stands for: data, never code.
#pragma once

#include <array>
#include <string_view>

#include "saltus/base/safetensors.h"

namespace saltus {

enum class GlobalRole {
  dictionary,
  tensor,
  parameter,
  storage,
  size,
  numpy_type,
  scalar,
  encode,
  plain
};

struct KnownGlobal {
  std::string_view module, name;
  GlobalRole role = GlobalRole::plain;
  Dtype dtype = Dtype::F32;  // of a storage
};

inline constexpr std::array kGlobals = {
    KnownGlobal{"collections", "OrderedDict", GlobalRole::dictionary},
    KnownGlobal{"torch._utils", "_rebuild_tensor_v2", GlobalRole::tensor},
    KnownGlobal{"torch._utils", "_rebuild_parameter", GlobalRole::parameter},
    KnownGlobal{"torch", "FloatStorage", GlobalRole::storage, Dtype::F32},
    KnownGlobal{"torch", "DoubleStorage", GlobalRole::storage, Dtype::F64},
    KnownGlobal{"torch", "HalfStorage", GlobalRole::storage, Dtype::F16},
    KnownGlobal{"torch", "BFloat16Storage", GlobalRole::storage, Dtype::BF16},
    KnownGlobal{"torch", "LongStorage", GlobalRole::storage, Dtype::I64},
    KnownGlobal{"torch", "IntStorage", GlobalRole::storage, Dtype::I32},
    KnownGlobal{"torch", "ShortStorage", GlobalRole::storage, Dtype::I16},
    KnownGlobal{"torch", "CharStorage", GlobalRole::storage, Dtype::I8},
    KnownGlobal{"torch", "ByteStorage", GlobalRole::storage, Dtype::U8},
    KnownGlobal{"torch", "BoolStorage", GlobalRole::storage, Dtype::BOOL},
    KnownGlobal{"torch", "Size", GlobalRole::size},
    KnownGlobal{"torch", "device", GlobalRole::plain},
    KnownGlobal{"torch", "float32", GlobalRole::plain},
    KnownGlobal{"torch", "float64", GlobalRole::plain},
    KnownGlobal{"torch", "float16", GlobalRole::plain},
    KnownGlobal{"torch", "bfloat16", GlobalRole::plain},
    KnownGlobal{"torch", "int64", GlobalRole::plain},
    KnownGlobal{"numpy", "dtype", GlobalRole::numpy_type},
    KnownGlobal{"numpy.core.multiarray", "scalar", GlobalRole::scalar},   // numpy 1
    KnownGlobal{"numpy._core.multiarray", "scalar", GlobalRole::scalar},  // numpy 2
    KnownGlobal{"_codecs", "encode", GlobalRole::encode}};

}  // namespace saltus
