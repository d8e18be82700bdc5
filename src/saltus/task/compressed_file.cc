#include "saltus/task/compressed_file.h"

#include <lzma.h>
#include <zlib.h>

#include <algorithm>

#include "saltus/base/error.h"
#include "saltus/base/file.h"

namespace saltus {
namespace {

constexpr size_t kPiece = size_t{1} << 20;    // decompressed at a time
constexpr size_t kLargest = size_t{1} << 32;  // a data set of a few GB is no small image set

[[noreturn]] void damaged(const fs::path& file, std::string_view kind, std::string_view what) {
  fail("read {}: expected a sound {} stream, found {}; fetch the file again", file.string(), kind,
       what);
}

void append(std::string& out, const std::string& piece, size_t size, const fs::path& file) {
  if (out.size() + size > kLargest) {
    fail("read {}: expected at most {} GiB when decompressed, found more", file.string(),
         kLargest >> 30);
  }
  out.append(piece, 0, size);
}

struct Inflater {
  z_stream stream{};
  Inflater() { check(inflateInit2(&stream, 15 + 16) == Z_OK, "inflateInit2"); }  // 16: gzip
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

// A gzip file may hold several members, one after the other; their contents are joined.
std::string gunzip(const std::string& bytes, const fs::path& file) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out, piece(kPiece, '\0');
  int code = Z_OK;
  while (code != Z_STREAM_END) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = kPiece;
    code = inflate(&stream, Z_NO_FLUSH);
    const size_t unused = stream.avail_out;
    append(out, piece, kPiece - unused, file);
    if (code == Z_STREAM_END && stream.avail_in > 0) {
      inflateReset(&stream);
      code = Z_OK;
    } else if (code == Z_BUF_ERROR || (code == Z_OK && stream.avail_in == 0 && unused > 0)) {
      damaged(file, "gzip", "an end in its middle");
    } else if (code != Z_OK && code != Z_STREAM_END) {
      damaged(file, "gzip", stream.msg != nullptr ? stream.msg : "damaged data");
    }
  }
  return out;
}

struct XzDecoder {
  lzma_stream stream = LZMA_STREAM_INIT;
  XzDecoder() {
    check(lzma_stream_decoder(&stream, UINT64_MAX, LZMA_CONCATENATED) == LZMA_OK,
          "lzma_stream_decoder");
  }
  ~XzDecoder() { lzma_end(&stream); }
  XzDecoder(const XzDecoder&) = delete;
  XzDecoder& operator=(const XzDecoder&) = delete;
};

std::string unxz(const std::string& bytes, const fs::path& file) {
  XzDecoder decoder;
  lzma_stream& stream = decoder.stream;
  stream.next_in = reinterpret_cast<const uint8_t*>(bytes.data());
  stream.avail_in = bytes.size();
  std::string out, piece(kPiece, '\0');
  lzma_ret code = LZMA_OK;
  while (code != LZMA_STREAM_END) {
    stream.next_out = reinterpret_cast<uint8_t*>(piece.data());
    stream.avail_out = kPiece;
    code = lzma_code(&stream, LZMA_FINISH);
    append(out, piece, kPiece - stream.avail_out, file);
    if (code == LZMA_FORMAT_ERROR) damaged(file, "xz", "no xz header");
    if (code == LZMA_BUF_ERROR) damaged(file, "xz", "an end in its middle");
    if (code != LZMA_OK && code != LZMA_STREAM_END) {
      damaged(file, "xz", fmt::format("damaged data (liblzma code {})", static_cast<int>(code)));
    }
  }
  return out;
}

}  // namespace

std::optional<fs::path> find_data_file(const fs::path& folder,
                                       const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    for (const char* ending : {"", ".gz", ".xz"}) {
      const fs::path file = folder / (name + ending);
      if (fs::is_regular_file(file)) return file;
    }
  }
  return std::nullopt;
}

std::string read_data_file(const fs::path& file) {
  std::string bytes = read_file(file);
  if (file.extension() == ".gz") return gunzip(bytes, file);
  if (file.extension() == ".xz") return unxz(bytes, file);
  return bytes;
}

}  // namespace saltus
