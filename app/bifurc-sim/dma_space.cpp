// SPDX-License-Identifier: BSD-3-Clause
#include "dma_space.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "proc_maps.h"

namespace bifurc::sim {
namespace {

constexpr std::uint64_t kMaxMappings = 65536;

std::uint64_t page_size_of(int fd) {
    struct statfs fs {};
    if (::fstatfs(fd, &fs) == 0 && fs.f_type == HUGETLBFS_MAGIC) return static_cast<std::uint64_t>(fs.f_bsize);
    return DmaSpace::kPage;
}

// The file behind an area, through proc(5)'s map_files: works for files that have no name any more.
std::string file_of(pid_t pid, const MappedArea& area) {
    return fmt::format("/proc/{}/map_files/{:x}-{:x}", pid, area.start, area.end);
}

// Linux pins no page for long that a file system writes back by itself. A memfd's file system is a tmpfs.
bool may_be_pinned(pid_t pid, const MappedArea& area) {
    struct statfs fs {};
    if (!area.shared || area.inode == 0 || ::statfs(file_of(pid, area).c_str(), &fs) != 0) return true;
    return fs.f_type == TMPFS_MAGIC || fs.f_type == HUGETLBFS_MAGIC;
}

// Looked at before it is opened for writing: opening a device would do things.
UniqueFd open_area(pid_t pid, const MappedArea& area) {
    const std::string path = file_of(pid, area);
    struct stat file {};
    if (::stat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) return UniqueFd{};
    return UniqueFd{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
}

// Only the area's part inside [start, end), widened to the file's pages.
std::shared_ptr<SharedWindow> map_area(pid_t pid, const MappedArea& area, std::uint64_t start, std::uint64_t end,
                                       std::byte** at_start) {
    if (!area.shared || area.inode == 0) return nullptr;
    const UniqueFd file = open_area(pid, area);
    if (!file) return nullptr;
    const std::uint64_t page = page_size_of(file.get());
    const std::uint64_t from = (start - area.start + area.file_offset) & ~(page - 1);
    const std::uint64_t to = (end - area.start + area.file_offset + page - 1) & ~(page - 1);
    std::shared_ptr<SharedWindow> window = SharedWindow::map(file.get(), from, to - from, page);
    if (window) *at_start = window->data() + (start - area.start + area.file_offset - from);
    return window;
}

}  // namespace

DmaBlock::DmaBlock(DmaSpace& space, std::size_t len) {
    len = (len + DmaSpace::kPage - 1) & ~(DmaSpace::kPage - 1);
    void* const data = ::mmap(nullptr, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) return;
    space_ = &space;
    data_ = static_cast<std::byte*>(data);
    len_ = len;
    bus_ = space.map_own(data_, len);
}

DmaBlock::DmaBlock(DmaBlock&& other) noexcept { *this = std::move(other); }

DmaBlock& DmaBlock::operator=(DmaBlock&& other) noexcept {
    std::swap(space_, other.space_);
    std::swap(data_, other.data_);
    std::swap(len_, other.len_);
    std::swap(bus_, other.bus_);
    return *this;
}

DmaBlock::~DmaBlock() {
    if (data_ == nullptr) return;
    space_->unmap(bus_);
    ::munmap(data_, len_);
}

int DmaSpace::map_process(pid_t pid, std::uint64_t va, std::uint64_t len, std::uint64_t& bus) {
    if (len == 0 || ((va | len) & (kPage - 1)) != 0 || va + len < va) return -EINVAL;
    if (mappings_.size() >= kMaxMappings) return -ENOMEM;
    const auto address_space =
        std::make_shared<UniqueFd>(::open(fmt::format("/proc/{}/mem", pid).c_str(), O_RDWR | O_CLOEXEC));
    if (!*address_space) return -EFAULT;

    Mapping mapping{.bus = 0, .len = len, .pieces = {}};
    std::uint64_t reached = va;
    for (const MappedArea& area : mapped_areas(pid, va, va + len)) {
        if (area.start > reached || !area.readable || !area.writable || !may_be_pinned(pid, area)) return -EFAULT;
        const std::uint64_t end = std::min(area.end, va + len);
        Piece piece{
            .bus = reached - va, .len = end - reached, .address_space = nullptr, .va = reached, .window = nullptr};
        piece.window = map_area(pid, area, reached, end, &piece.direct);
        // Mapped need not mean there: device memory cannot be reached this way, nor what lies behind a file's end.
        std::byte probe;
        if (::pread(address_space->get(), &probe, 1, static_cast<off_t>(end - 1)) != 1) return -EFAULT;
        if (!piece.window) piece.address_space = address_space;
        mapping.pieces.push_back(std::move(piece));
        reached = end;
    }
    if (reached != va + len) return -EFAULT;
    bus = add(std::move(mapping));
    return 0;
}

std::uint64_t DmaSpace::map_own(std::byte* data, std::size_t len) {
    Mapping mapping{.bus = 0, .len = len, .pieces = {}};
    mapping.pieces.push_back(
        {.bus = 0, .len = len, .direct = data, .address_space = nullptr, .va = 0, .window = nullptr});
    return add(std::move(mapping));
}

std::uint64_t DmaSpace::add(Mapping mapping) {
    mapping.bus = next_bus_;
    for (Piece& piece : mapping.pieces) piece.bus += mapping.bus;
    // The gap makes a ring or buffer that runs over its end fault, instead of reaching the next mapping.
    next_bus_ += ((mapping.len + kPage - 1) & ~(kPage - 1)) + 16 * kPage;
    mappings_.push_back(std::move(mapping));
    return mappings_.back().bus;
}

void DmaSpace::unmap(std::uint64_t bus) {
    std::erase_if(mappings_, [bus](const Mapping& mapping) { return mapping.bus == bus; });
    last_ = 0;
    ++epoch_;
}

const DmaSpace::Mapping* DmaSpace::find(std::uint64_t bus, std::size_t len) noexcept {
    const auto holds = [bus, len](const Mapping& m) {
        return bus >= m.bus && bus - m.bus < m.len && len <= m.len - (bus - m.bus);
    };
    if (last_ < mappings_.size() && holds(mappings_[last_])) return &mappings_[last_];
    const auto after = std::ranges::upper_bound(mappings_, bus, {}, &Mapping::bus);
    if (after == mappings_.begin() || !holds(*std::prev(after))) return nullptr;
    last_ = static_cast<std::size_t>(std::prev(after) - mappings_.begin());
    return &mappings_[last_];
}

const DmaSpace::Piece* DmaSpace::piece_at(const Mapping& mapping, std::uint64_t bus) noexcept {
    const auto after = std::ranges::upper_bound(mapping.pieces, bus, {}, &Piece::bus);
    return &*std::prev(after);
}

std::byte* DmaSpace::direct(std::uint64_t bus, std::size_t len) noexcept {
    const Mapping* const mapping = find(bus, len);
    if (mapping == nullptr) return nullptr;
    const Piece* const piece = piece_at(*mapping, bus);
    if (piece->direct == nullptr || len > piece->len - (bus - piece->bus)) return nullptr;
    return piece->direct + (bus - piece->bus);
}

model::Stretch DmaSpace::stretch(std::uint64_t bus) noexcept {
    const Mapping* const mapping = find(bus, 1);
    if (mapping == nullptr) return {};
    const Piece* const piece = piece_at(*mapping, bus);
    return {piece->bus, piece->direct == nullptr ? 0 : piece->len, piece->direct};
}

// Two rounds, so that a transfer touches nothing when its other process is gone: first the pieces that can fail.
template <class Byte, class Direct, class Remote>
bool DmaSpace::transfer(std::uint64_t bus, std::span<Byte> bytes, Direct copy, Remote call) noexcept {
    const Mapping* const mapping = find(bus, bytes.size());
    if (mapping == nullptr) return false;
    for (const bool remote : {true, false}) {
        for (std::size_t done = 0; done < bytes.size();) {
            const Piece* const piece = piece_at(*mapping, bus + done);
            const std::uint64_t skip = bus + done - piece->bus;
            const std::size_t n = std::min<std::uint64_t>(bytes.size() - done, piece->len - skip);
            if (piece->direct == nullptr) {
                if (remote && call(piece->address_space->get(), bytes.data() + done, n,
                                   static_cast<off_t>(piece->va + skip)) != static_cast<ssize_t>(n)) {
                    return false;
                }
            } else if (!remote) {
                copy(piece->direct + skip, bytes.data() + done, n);
            }
            done += n;
        }
    }
    return true;
}

bool DmaSpace::read(std::uint64_t bus, std::span<std::byte> to) noexcept {
    return transfer(
        bus, to, [](const std::byte* at, std::byte* bytes, std::size_t n) { std::memcpy(bytes, at, n); }, ::pread);
}

bool DmaSpace::write(std::uint64_t bus, std::span<const std::byte> from) noexcept {
    return transfer(
        bus, from, [](std::byte* at, const std::byte* bytes, std::size_t n) { std::memcpy(at, bytes, n); }, ::pwrite);
}

}  // namespace bifurc::sim
