// Files of torch.save since PyTorch 1.6: a zip archive of one pickle and the raw storages of its
// tensors. The pickle is decoded by a restricted reader; nothing in it is executed.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "saltus/formats/restricted_pickle.h"
#include "saltus/formats/stored_checkpoint.h"
#include "saltus/formats/zip_archive.h"

namespace saltus {

class TorchArchive {
 public:
  // Error (path, what) when the file is no such archive, is one of TorchScript or of torch before
  // 1.6, has big-endian numbers, or holds anything but plain data. Numbers are read, and their
  // checksums tested, only when asked for.
  explicit TorchArchive(const fs::path& path) : TorchArchive(path, MappedFile(path)) {}
  TorchArchive(const fs::path& path, MappedFile file);  // of a file that is open already

  const fs::path& path() const { return zip_.path(); }
  const Pickle& pickle() const { return *pickle_; }

  // One tensor of the pickle, checked against its storage; valid as long as this lives. From one
  // thread a time.
  StridedTensor tensor(const PickleTensor& tensor, std::string name) const;

 private:
  std::span<const std::byte> storage(std::string_view record) const;

  ZipArchive zip_;
  std::string prefix_;  // of the records: the stem of the file's original name
  std::unique_ptr<const Pickle> pickle_;
  // Records read so far: tensors may share one, and its checksum is tested once.
  mutable std::map<std::string_view, std::span<const std::byte>> storages_;
};

// The tensors and plain numbers of a file. A state_dict is looked for at the top, under `key` where
// one is given ("a.b": an entry of an entry), else under the first of kStateDictKeys that holds
// one, else in the only entry that does; a list of tensors is named "0", "1", ... Tensors of
// entries within it are named "entry.name". Numbers are those outside of it. Prefixes that every
// name has because of how the module was wrapped ("module.", "_orig_mod.") are removed. Error
// naming the entries there are.
StoredCheckpoint read_torch_checkpoint(const fs::path& path, MappedFile file,
                                       std::string_view key = {});

}  // namespace saltus
