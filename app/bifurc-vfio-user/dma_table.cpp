// SPDX-License-Identifier: BSD-3-Clause
#include "dma_table.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bifurc::vfio_user {

DmaTable::File::File(UniqueFd fd, std::uint64_t len) noexcept : fd_(std::move(fd)), len_(len) {
    const int seals = ::fcntl(fd_.get(), F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || len == 0) return;
    void* const at = ::mmap(nullptr, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (at != MAP_FAILED) data_ = static_cast<std::byte*>(at);
}

DmaTable::File::~File() {
    if (data_ != nullptr) ::munmap(data_, len_);
}

int DmaTable::open(UniqueFd fd, std::shared_ptr<File>& file) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0) return EINVAL;
    const auto len = static_cast<std::uint64_t>(status.st_size);
    std::erase_if(files_, [](const auto& entry) { return entry.second.expired(); });
    std::weak_ptr<File>& known = files_[{status.st_dev, status.st_ino}];
    file = known.lock();
    if (file && file->len() >= len) return 0;  // grown files are mapped anew
    if (!file && files_.size() > kMaxFiles) return ENOSPC;
    file = std::make_shared<File>(std::move(fd), len);
    known = file;
    return 0;
}

bool DmaTable::overlaps(std::uint64_t address, std::uint64_t size) const noexcept {
    const auto after = ranges_.lower_bound(address);
    if (after != ranges_.end() && after->first - address < size) return true;
    if (after == ranges_.begin()) return false;
    const auto before = std::prev(after);
    return address - before->first < before->second.size;
}

int DmaTable::map(const DmaMap& request, UniqueFd fd) {
    if (request.size == 0 || request.address + (request.size - 1) < request.address) return EINVAL;
    if (overlaps(request.address, request.size)) return EEXIST;
    if (ranges_.size() >= kMaxRanges) return ENOSPC;
    Range range{.size = request.size,
                .offset = request.offset,
                .file = nullptr,
                .readable = (request.flags & VFIO_DMA_MAP_FLAG_READ) != 0,
                .writable = (request.flags & VFIO_DMA_MAP_FLAG_WRITE) != 0};
    if (fd) {
        if ((request.address | request.offset | request.size) % kPage != 0) return EINVAL;
        if (const int error = open(std::move(fd), range.file); error != 0) return error;
        if (range.offset > range.file->len() || range.size > range.file->len() - range.offset) return EINVAL;
    }
    last_ = nullptr;
    ranges_.emplace(request.address, std::move(range));
    return 0;
}

int DmaTable::unmap(std::uint64_t address, std::uint64_t size) {
    if (size == 0 || address + (size - 1) < address) return EINVAL;
    const std::uint64_t last = address + (size - 1);
    const auto first = ranges_.lower_bound(address);
    if (first != ranges_.begin()) {
        const auto& [at, range] = *std::prev(first);
        if (address - at < range.size) return EINVAL;
    }
    auto end = first;
    for (; end != ranges_.end() && end->first <= last; ++end) {
        if (end->first + (end->second.size - 1) > last) return EINVAL;
    }
    last_ = nullptr;
    ranges_.erase(first, end);
    return 0;
}

void DmaTable::clear() noexcept {
    last_ = nullptr;
    ranges_.clear();
    files_.clear();
}

const DmaTable::Ranges::value_type* DmaTable::find(std::uint64_t bus) noexcept {
    if (last_ != nullptr && bus - last_->first < last_->second.size) return last_;
    auto after = ranges_.upper_bound(bus);
    if (after == ranges_.begin()) return nullptr;
    --after;
    if (bus - after->first >= after->second.size) return nullptr;
    last_ = &*after;
    return last_;
}

std::byte* DmaTable::direct(std::uint64_t bus, std::size_t len) noexcept {
    const Ranges::value_type* const found = find(bus);
    if (found == nullptr) return nullptr;
    const auto& [address, range] = *found;
    const std::uint64_t inside = bus - address;
    const bool reachable = range.file && range.file->data() != nullptr && range.readable && range.writable;
    if (!reachable || len > range.size - inside) return nullptr;
    return range.file->data() + range.offset + inside;
}

template <class Allowed, class Piece>
std::size_t DmaTable::walk(std::uint64_t bus, std::size_t len, Allowed allowed, Piece piece) noexcept {
    std::size_t done = 0;
    while (done < len) {
        const Ranges::value_type* const found = find(bus + done);
        if (found == nullptr || !found->second.file || !allowed(found->second)) break;
        const Range& range = found->second;
        const std::uint64_t inside = bus + done - found->first;
        const std::size_t part = std::min<std::uint64_t>(len - done, range.size - inside);
        if (!piece(*range.file, range.offset + inside, part)) break;
        done += part;
    }
    return done;
}

// Not mapped, or not in this direction: the client's IOMMU, if it has one, says the same, and notes it.
template <class Allowed>
bool DmaTable::forbidden(std::uint64_t bus, Allowed allowed) noexcept {
    const Ranges::value_type* const found = find(bus);
    return found == nullptr || !allowed(found->second);
}

bool DmaTable::read(std::uint64_t bus, std::span<std::byte> to) noexcept {
    const auto readable = [](const Range& range) { return range.readable; };
    std::byte* here = to.data();
    const auto copy = [&here](const File& file, std::uint64_t offset, std::size_t len) {
        std::byte* const part = std::exchange(here, here + len);
        if (file.data() == nullptr) {
            return ::pread(file.fd(), part, len, static_cast<off_t>(offset)) == static_cast<ssize_t>(len);
        }
        std::memcpy(part, file.data() + offset, len);
        return true;
    };
    const std::size_t done = walk(bus, to.size(), readable, copy);
    if (done < to.size() && forbidden(bus + done, readable)) bus_.read(bus + done, to.size() - done);
    return done == to.size();
}

bool DmaTable::write(std::uint64_t bus, std::span<const std::byte> from) noexcept {
    const auto writable = [](const Range& range) { return range.writable; };
    const auto nothing = [](const File&, std::uint64_t, std::size_t) { return true; };
    if (const std::size_t reach = walk(bus, from.size(), writable, nothing); reach < from.size()) {  // all or nothing
        if (forbidden(bus + reach, writable)) bus_.write(bus + reach, from.subspan(reach));
        return false;
    }
    const std::byte* here = from.data();
    const auto copy = [&here](const File& file, std::uint64_t offset, std::size_t len) {
        const std::byte* const part = std::exchange(here, here + len);
        if (file.data() == nullptr) {
            return ::pwrite(file.fd(), part, len, static_cast<off_t>(offset)) == static_cast<ssize_t>(len);
        }
        std::memcpy(file.data() + offset, part, len);
        return true;
    };
    return walk(bus, from.size(), writable, copy) == from.size();
}

}  // namespace bifurc::vfio_user
