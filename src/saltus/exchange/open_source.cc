#include "saltus/exchange/open_source.h"

#include "saltus/base/error.h"

namespace saltus {

std::unique_ptr<RunSource> open_source(const SourceOptions& o, const Job& job) {
  if (!std::filesystem::exists(o.source)) {
    fail("import {}: no such file or folder", o.source.string());
  }
  if (!std::filesystem::is_directory(o.source)) {
    return open_stacked_source({.file = o.source,
                                .table = o.table,
                                .key = o.key,
                                .shape = o.shape,
                                .dtype = o.raw_dtype,
                                .measured = o.measured});
  }
  if (is_lmdb_source(o.source)) return open_lmdb_source(o.source);
  return open_folder_source({.folder = o.source,
                             .pattern = o.pattern,
                             .table = o.table,
                             .key = o.key,
                             .metrics = o.metrics,
                             .exclude = o.exclude,
                             .measured = o.measured},
                            job);
}

}  // namespace saltus
