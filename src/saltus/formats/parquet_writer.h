// Writes flat tables as Apache Parquet files (format 1: plain encoding, uncompressed, no nulls),
// which pandas, Polars, DuckDB and Arrow open.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace saltus {

struct ParquetColumn {
  std::string name;
  std::variant<std::vector<int64_t>, std::vector<float>, std::vector<std::string>> values;
};

// The whole file as bytes; the same columns give the same bytes. All columns have the same number
// of values, at least one.
std::string encode_parquet(const std::vector<ParquetColumn>& columns);

}  // namespace saltus
