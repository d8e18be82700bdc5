#include "saltus/formats/lmdb_file.h"

#include <bit>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// The structures as LMDB's source defines them on a 64-bit little-endian machine. A page: number
// (8 bytes), pad (2), flags (2), then lower and upper (2 each) or the number of overflow pages (4),
// then u16 offsets of its nodes from the page's begin. A node: low and high half of a size or page
// (2 each), flags (2), size of the key (2), the key, the value.
constexpr uint64_t kPageHeader = 16, kFlagsAt = 10, kLowerAt = 12, kNodeHeader = 8;
constexpr uint64_t kBranch = 1, kLeaf = 2, kOverflow = 4, kMeta = 8;  // flags of a page
constexpr uint64_t kBigData = 1, kSubData = 2, kDuplicates = 4;       // flags of a node
// A meta page, from its header: magic, version, address, size of the map, two databases of 48 bytes
// (page size or pad, flags, depth, three counts of pages, entries, root), last page, transaction.
constexpr uint64_t kLmdbMagic = 0xbeefc0de, kLmdbVersion = 1;
constexpr uint64_t kFreeDatabase = 24, kMainDatabase = 72, kTransaction = 128;
constexpr uint64_t kDatabaseFlags = 4, kDatabaseRoot = 40;
constexpr uint64_t kNoPage = ~uint64_t{0};
constexpr int kDeepestTree = 32;  // LMDB's own limit

fs::path data_file(const fs::path& path) {
  return fs::is_directory(path) ? path / "data.mdb" : path;
}

}  // namespace

void LmdbFile::damaged(uint64_t page, std::string_view what) const {
  fail(
      "open {}: expected an LMDB file, found {} at page {}; it is truncated, damaged or another "
      "format",
      path_.string(), what, page);
}

uint64_t LmdbFile::number(uint64_t offset, int width) const {
  const auto bytes = file_.bytes();
  if (offset > bytes.size() || bytes.size() - offset < static_cast<uint64_t>(width)) {
    damaged(page_size_ > 0 ? offset / page_size_ : 0, "its end");
  }
  uint64_t value = 0;
  for (int i = width; i-- > 0;) {
    value = value << 8 | std::to_integer<uint64_t>(bytes[offset + static_cast<uint64_t>(i)]);
  }
  return value;
}

// The root of the database in the newer of the two meta pages.
uint64_t LmdbFile::root_page() {
  page_size_ = number(kPageHeader + kFreeDatabase, 4);
  if (!std::has_single_bit(page_size_) || page_size_ < 256 || page_size_ > 65536) {
    damaged(0, fmt::format("pages of {} bytes", page_size_));
  }
  pages_ = file_.bytes().size() / page_size_;
  uint64_t newest = 0, root = kNoPage;
  for (uint64_t page = 0; page < 2; ++page) {
    const uint64_t begin = page * page_size_, meta = begin + kPageHeader;
    if ((number(begin + kFlagsAt, 2) & kMeta) == 0 || number(meta, 4) != kLmdbMagic) {
      damaged(page, "no meta page");
    }
    if (const uint64_t version = number(meta + 4, 4); version != kLmdbVersion) {
      damaged(page, fmt::format("format {}", version));
    }
    const uint64_t transaction = number(meta + kTransaction, 8);
    if (page > 0 && transaction < newest) continue;
    newest = transaction;
    if (number(meta + kMainDatabase + kDatabaseFlags, 2) != 0) {
      damaged(page, "a database of several values a key");
    }
    root = number(meta + kMainDatabase + kDatabaseRoot, 8);
  }
  return root;
}

LmdbFile::LmdbFile(const fs::path& path) : path_(data_file(path)), file_(path_) {
  const uint64_t root = root_page();
  if (root != kNoPage) read_page(root, 0);
}

void LmdbFile::read_page(uint64_t page, int depth) {
  // Each page has one parent: more visits than pages are a circle, or a bomb.
  if (page >= pages_ || depth > kDeepestTree || ++visited_ > pages_) {
    damaged(page, "a tree that does not fit the file");
  }
  const uint64_t begin = page * page_size_, flags = number(begin + kFlagsAt, 2),
                 lower = number(begin + kLowerAt, 2);
  if (lower < kPageHeader || lower > page_size_) damaged(page, "no list of nodes");
  const uint64_t nodes = (lower - kPageHeader) / 2;
  if (flags == kLeaf) return read_leaf(begin, nodes, page);
  if (flags != kBranch) damaged(page, fmt::format("a page of kind {}", flags));
  for (uint64_t i = 0; i < nodes; ++i) {
    const uint64_t node = begin + number(begin + kPageHeader + 2 * i, 2);
    // Of a branch, size and flags together are the page below.
    read_page(number(node, 4) | number(node + 4, 2) << 32, depth + 1);
  }
}

void LmdbFile::read_leaf(uint64_t begin, uint64_t nodes, uint64_t page) {
  const auto bytes = file_.bytes();
  for (uint64_t i = 0; i < nodes; ++i) {
    const uint64_t at = number(begin + kPageHeader + 2 * i, 2), node = begin + at;
    const uint64_t size = number(node, 4), flags = number(node + 4, 2),
                   key_size = number(node + 6, 2), end = at + kNodeHeader + key_size;
    if ((flags & (kSubData | kDuplicates)) != 0) damaged(page, "a database inside of the database");
    const bool big = (flags & kBigData) != 0;
    if (end + (big ? sizeof(uint64_t) : size) > page_size_) {
      damaged(page, "an entry that leaves its page");
    }
    uint64_t value = node + kNodeHeader + key_size;
    if (big) {
      const uint64_t first = number(value, 8);
      const bool there =
          first < pages_ && (number(first * page_size_ + kFlagsAt, 2) & kOverflow) != 0;
      value = first * page_size_ + kPageHeader;
      if (!there || bytes.size() - value < size) damaged(page, "a value that is not in the file");
    }
    entries_.push_back(
        {{reinterpret_cast<const char*>(bytes.data()) + node + kNodeHeader, key_size},
         bytes.subspan(value, size)});
  }
}

}  // namespace saltus
