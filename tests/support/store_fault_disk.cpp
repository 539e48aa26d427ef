#include "tests/support/store_fault_disk.h"

#include <algorithm>

#include "proto/base/check.h"

namespace tamizdat::tests {
namespace {

constexpr std::size_t kSectorBytes = 512;

tl::unexpected<Error> broken() { return fail(store::kDiskFailed, "the disk failed on purpose"); }
tl::unexpected<Error> full() { return fail(store::kDiskFull, "the disk is full on purpose"); }

}  // namespace

class FaultDisk::OpenFile final : public store::File {
 public:
  OpenFile(FaultDisk& disk, std::shared_ptr<Inode> inode) : disk_(disk), inode_(std::move(inode)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    if (disk_.crashed_) return broken();
    if (offset >= inode_->cache.size()) return std::size_t{0};
    const std::size_t count = std::min(out.size(), inode_->cache.size() - static_cast<std::size_t>(offset));
    std::copy_n(inode_->cache.begin() + static_cast<std::ptrdiff_t>(offset), count, out.begin());
    return count;
  }

  // In a failure or a crash only the beginning is written.
  Result<void> write_at(std::uint64_t offset, BytesView bytes) override {
    if (disk_.full_ && offset + bytes.size() > inode_->cache.size()) return full();
    const Turn turn = disk_.next_operation();
    if (turn != Turn::kGo) bytes = bytes.substr(0, disk_.random_() % (bytes.size() + 1));
    if (turn != Turn::kDead) disk_.change(*inode_, {false, offset, Bytes(bytes)});
    if (turn != Turn::kGo) return broken();
    return {};
  }

  Result<void> sync(store::SyncSite site) override {
    const Turn turn = disk_.next_operation();
    if (turn == Turn::kCrash || turn == Turn::kDead) return broken();
    if (turn == Turn::kGo && disk_.ignored_ == site) return {};
    if (turn == Turn::kGo || disk_.failed_sync_writes_)
      for (const Change& change : inode_->pending) FaultDisk::apply(inode_->durable, change);
    inode_->pending.clear();  // after a failure too: clean in the cache, on the disk or not
    if (turn == Turn::kFail) return broken();
    return {};
  }

  Result<void> preallocate(std::uint64_t size) override {
    if (disk_.full_) return full();
    return resize(std::max<std::uint64_t>(size, inode_->cache.size()));
  }
  Result<void> truncate(std::uint64_t size) override { return resize(size); }
  Result<std::uint64_t> size() const override { return inode_->cache.size(); }

 private:
  Result<void> resize(std::uint64_t size) {
    const Turn turn = disk_.next_operation();
    if (turn != Turn::kGo) return broken();
    disk_.change(*inode_, {true, size, {}});
    return {};
  }

  FaultDisk& disk_;
  std::shared_ptr<Inode> inode_;
};

FaultDisk::FaultDisk() = default;
FaultDisk::~FaultDisk() = default;

void FaultDisk::plan(std::uint64_t operation, Fault fault) {
  operations_ = 0;
  planned_ = operation;
  fault_ = fault;
}

FaultDisk::Turn FaultDisk::next_operation() {
  if (crashed_) return Turn::kDead;
  if (++operations_ != planned_) return Turn::kGo;
  crashed_ = fault_ != Fault::kFail;
  return fault_ == Fault::kCrash ? Turn::kCrash : Turn::kFail;
}

void FaultDisk::apply(Bytes& octets, const Change& change) {
  if (change.is_size) {
    octets.resize(static_cast<std::size_t>(change.offset), '\0');
    return;
  }
  const auto end = static_cast<std::size_t>(change.offset) + change.octets.size();
  if (octets.size() < end) octets.resize(end, '\0');
  octets.replace(static_cast<std::size_t>(change.offset), change.octets.size(), change.octets);
}

void FaultDisk::change(Inode& inode, Change change) {
  apply(inode.cache, change);
  inode.pending.push_back(std::move(change));
}

void FaultDisk::apply(Names& names, const NameChange& change) {
  if (!change.renamed_from.empty()) names.erase(change.renamed_from);
  if (change.inode)
    names[change.path] = change.inode;
  else
    names.erase(change.path);
}

void FaultDisk::change_name(NameChange change) {
  apply(names_, change);
  pending_names_[store::parent_of(change.path)].push_back(std::move(change));
}

std::unique_ptr<FaultDisk> FaultDisk::copy() const {
  auto out = std::make_unique<FaultDisk>();
  std::map<std::shared_ptr<Inode>, std::shared_ptr<Inode>> copies;
  copies[nullptr] = nullptr;
  const auto copy_of = [&](const std::shared_ptr<Inode>& inode) {
    auto& copied = copies[inode];
    if (!copied && inode) copied = std::make_shared<Inode>(*inode);
    return copied;
  };
  for (const auto& [path, inode] : names_) out->names_[path] = copy_of(inode);
  for (const auto& [path, inode] : durable_names_) out->durable_names_[path] = copy_of(inode);
  for (const auto& [folder, changes] : pending_names_)
    for (const auto& item : changes) out->pending_names_[folder].push_back({item.path, copy_of(item.inode), item.renamed_from});
  out->folders_ = folders_;
  out->crashed_ = crashed_;
  out->ignored_ = ignored_;
  out->full_ = full_;
  return out;
}

void FaultDisk::kill() {
  crashed_ = false;
  planned_ = 0;
  locked_.clear();
}

void FaultDisk::cut_power(Survivors survivors, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto survives = [&] {
    return survivors == Survivors::kAll || (survivors == Survivors::kSome && random() % 2 == 0);
  };
  for (auto& [folder, changes] : pending_names_)
    for (const auto& change : changes)
      if (survives()) apply(durable_names_, change);
  pending_names_.clear();
  // What lies in a folder that is gone is gone.
  std::erase_if(durable_names_, [&](const auto& name) {
    const std::string parent = store::parent_of(name.first);
    return folders_.contains(parent) && !durable_names_.contains(parent);
  });
  names_ = durable_names_;
  for (auto& [path, inode] : names_) {
    for (const Change& change : inode->pending) {
      if (change.is_size) {
        if (survives()) apply(inode->durable, change);
        continue;
      }
      for (std::size_t at = 0; at < change.octets.size();) {
        const std::size_t to_sector_end = kSectorBytes - static_cast<std::size_t>(change.offset + at) % kSectorBytes;
        const std::size_t count = std::min(to_sector_end, change.octets.size() - at);
        if (survives()) apply(inode->durable, {false, change.offset + at, change.octets.substr(at, count)});
        at += count;
      }
    }
    inode->pending.clear();
    inode->cache = inode->durable;
  }
  kill();
}

Result<void> FaultDisk::make_folder(const std::string& path) {
  if (names_.contains(path)) return {};
  if (full_) return full();
  const Turn turn = next_operation();
  if (turn != Turn::kGo) return broken();
  folders_.insert(path);
  change_name({path, std::make_shared<Inode>()});
  return {};
}

Result<std::vector<std::string>> FaultDisk::list(const std::string& folder) {
  if (crashed_) return broken();
  std::vector<std::string> out;
  for (const auto& [path, inode] : names_)
    if (store::parent_of(path) == folder) out.push_back(path.substr(folder.size() + 1));
  return out;
}

Result<std::unique_ptr<store::File>> FaultDisk::create(const std::string& path) {
  if (full_) return full();
  if (path == broken_file_) return broken();
  if (next_operation() != Turn::kGo || names_.contains(path) || !names_.contains(store::parent_of(path)))
    return broken();
  auto inode = std::make_shared<Inode>();
  change_name({path, inode});
  return std::make_unique<OpenFile>(*this, std::move(inode));
}

Result<std::unique_ptr<store::File>> FaultDisk::open(const std::string& path) {
  const auto found = names_.find(path);
  if (crashed_ || found == names_.end() || path == broken_file_) return broken();
  return std::make_unique<OpenFile>(*this, found->second);
}

Result<void> FaultDisk::remove(const std::string& path) {
  if (next_operation() != Turn::kGo || !names_.contains(path)) return broken();
  change_name({path, nullptr});
  return {};
}

Result<void> FaultDisk::rename(const std::string& from, const std::string& to) {
  const auto found = names_.find(from);
  if (next_operation() != Turn::kGo || found == names_.end()) return broken();
  change_name({to, found->second, from});
  return {};
}

Result<void> FaultDisk::sync_folder(const std::string& path, store::SyncSite site) {
  const Turn turn = next_operation();
  auto& pending = pending_names_[path];
  if (turn != Turn::kGo) return broken();
  if (ignored_ == site) return {};
  for (const auto& change : pending) apply(durable_names_, change);
  pending.clear();
  return {};
}

Result<std::unique_ptr<store::FolderLock>> FaultDisk::lock(const std::string& folder) {
  class Lock final : public store::FolderLock {
   public:
    Lock(std::set<std::string>& locked, std::string name) : locked_(locked), name_(std::move(name)) {}
    ~Lock() override { locked_.erase(name_); }

   private:
    std::set<std::string>& locked_;
    std::string name_;
  };
  if (crashed_) return broken();
  if (!locked_.insert(folder).second) return fail(store::kFolderInUse, "in use on purpose");
  return std::make_unique<Lock>(locked_, folder);
}

}  // namespace tamizdat::tests
