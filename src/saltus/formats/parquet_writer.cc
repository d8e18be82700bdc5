#include "saltus/formats/parquet_writer.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "saltus/base/error.h"

namespace saltus {
namespace {

constexpr std::string_view kParquetMagic = "PAR1";
// Pages are counted in 32 bits, so rows are written in groups.
constexpr size_t kRowsAGroup = 1 << 20;

// Numbers of the format's enumerations (parquet.thrift).
enum ParquetType { kInt64 = 2, kFloat = 4, kByteArray = 6 };
constexpr int64_t kRequired = 0, kUtf8 = 0, kPlain = 0, kRle = 3, kUncompressed = 0, kDataPage = 0;

// Thrift's compact protocol: fields of a struct in rising order of their numbers.
class ThriftWriter {
 public:
  void integer(int field, int64_t value, bool wide = false) {
    header(field, wide ? 6 : 5);
    zigzag(value);
  }
  void text(int field, std::string_view value) {
    header(field, 8);
    raw_text(value);
  }
  // What a list or struct holds is written by `body`.
  template <typename Body>
  void structure(int field, Body&& body) {
    header(field, 12);
    element(body);
  }
  template <typename Body>
  void list(int field, size_t count, int type, Body&& body) {
    header(field, 9);
    if (count < 15) {
      bytes_.push_back(static_cast<char>(count << 4 | static_cast<size_t>(type)));
    } else {
      bytes_.push_back(static_cast<char>(0xf0 | type));
      variable(count);
    }
    body();
  }
  // A struct on its own, or as an element of a list.
  template <typename Body>
  void element(Body&& body) {
    const int outer = std::exchange(last_, 0);
    body();
    bytes_.push_back(0);
    last_ = outer;
  }
  void raw_text(std::string_view value) {
    variable(value.size());
    bytes_ += value;
  }
  void zigzag(int64_t value) {
    variable(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void header(int field, int type) {
    bytes_.push_back(static_cast<char>((field - last_) << 4 | type));
    last_ = field;
  }
  void variable(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }

  std::string bytes_;
  int last_ = 0;  // number of the field before
};

constexpr int kI32 = 5, kText = 8, kStruct = 12;  // types of a list's elements

ParquetType type_of(const ParquetColumn& column) {
  constexpr ParquetType kTypes[] = {kInt64, kFloat, kByteArray};
  return kTypes[column.values.index()];
}

std::string plain_values(const ParquetColumn& column, size_t begin, size_t end) {
  std::string bytes;
  std::visit(
      [&](const auto& values) {
        using Value = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_same_v<Value, std::string>) {
          for (size_t i = begin; i < end; ++i) {
            const auto size = static_cast<uint32_t>(values[i].size());
            bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
            bytes += values[i];
          }
        } else {
          bytes.assign(reinterpret_cast<const char*>(values.data() + begin),
                       (end - begin) * sizeof(Value));
        }
      },
      column.values);
  return bytes;
}

// Where a column's part in a group of rows lies in the file.
struct ColumnChunk {
  size_t offset = 0, size = 0, rows = 0;
};

ColumnChunk append_chunk(const ParquetColumn& column, size_t begin, size_t end, std::string& file) {
  const std::string values = plain_values(column, begin, end);
  const auto size = static_cast<int64_t>(values.size()), rows = static_cast<int64_t>(end - begin);
  check(size < int64_t{1} << 31, "encode_parquet: a page beyond 2 GiB");
  ThriftWriter page;
  page.element([&] {
    page.integer(1, kDataPage);
    page.integer(2, size);
    page.integer(3, size);
    page.structure(5, [&] {
      page.integer(1, rows);
      page.integer(2, kPlain);
      page.integer(3, kRle);
      page.integer(4, kRle);
    });
  });
  const ColumnChunk chunk{file.size(), page.bytes().size() + values.size(), end - begin};
  file += page.bytes();
  file += values;
  return chunk;
}

void describe_chunk(const ParquetColumn& column, const ColumnChunk& chunk, ThriftWriter& out) {
  const auto wide = [&](int field, size_t value) {
    out.integer(field, static_cast<int64_t>(value), true);
  };
  out.element([&] {
    wide(2, chunk.offset);
    out.structure(3, [&] {
      out.integer(1, type_of(column));
      out.list(2, 1, kI32, [&] { out.zigzag(kPlain); });
      out.list(3, 1, kText, [&] { out.raw_text(column.name); });
      out.integer(4, kUncompressed);
      wide(5, chunk.rows);
      wide(6, chunk.size);
      wide(7, chunk.size);
      wide(9, chunk.offset);
    });
  });
}

void describe_schema(const std::vector<ParquetColumn>& columns, ThriftWriter& out) {
  out.list(2, columns.size() + 1, kStruct, [&] {
    out.element([&] {
      out.text(4, "table");
      out.integer(5, static_cast<int64_t>(columns.size()));
    });
    for (const ParquetColumn& column : columns) {
      out.element([&] {
        out.integer(1, type_of(column));
        out.integer(3, kRequired);
        out.text(4, column.name);
        if (type_of(column) == kByteArray) out.integer(6, kUtf8);
      });
    }
  });
}

}  // namespace

std::string encode_parquet(const std::vector<ParquetColumn>& columns) {
  const auto count = [](const ParquetColumn& column) {
    return std::visit([](const auto& values) { return values.size(); }, column.values);
  };
  check(!columns.empty() && count(columns.front()) > 0, "encode_parquet: an empty table");
  const size_t rows = count(columns.front());
  for (const ParquetColumn& column : columns) {
    check(count(column) == rows, "encode_parquet: columns of different lengths");
  }
  std::string file(kParquetMagic);
  std::vector<std::vector<ColumnChunk>> groups;
  for (size_t begin = 0; begin < rows; begin += kRowsAGroup) {
    std::vector<ColumnChunk>& group = groups.emplace_back();
    for (const ParquetColumn& column : columns) {
      group.push_back(append_chunk(column, begin, std::min(rows, begin + kRowsAGroup), file));
    }
  }
  ThriftWriter footer;
  footer.element([&] {
    footer.integer(1, 1);
    describe_schema(columns, footer);
    footer.integer(3, static_cast<int64_t>(rows), true);
    footer.list(4, groups.size(), kStruct, [&] {
      for (const std::vector<ColumnChunk>& group : groups) {
        size_t bytes = 0;
        for (const ColumnChunk& chunk : group) bytes += chunk.size;
        footer.element([&] {
          footer.list(1, columns.size(), kStruct, [&] {
            for (size_t i = 0; i < columns.size(); ++i) {
              describe_chunk(columns[i], group[i], footer);
            }
          });
          footer.integer(2, static_cast<int64_t>(bytes), true);
          footer.integer(3, static_cast<int64_t>(group.front().rows), true);
        });
      }
    });
    footer.text(6, "saltus");
  });
  const auto size = static_cast<uint32_t>(footer.bytes().size());
  file += footer.bytes();
  file.append(reinterpret_cast<const char*>(&size), sizeof size);
  file += kParquetMagic;
  return file;
}

}  // namespace saltus
