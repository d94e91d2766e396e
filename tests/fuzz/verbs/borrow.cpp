// SPDX-License-Identifier: BSD-3-Clause
// A borrower that drives its queues, until it ends in some way. Its socket and its memory are its own: other threads
// unmap at random, and a running queue must not be left with addresses that have become somebody else's.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>

#include "worker.h"

namespace bifurc::fuzz {
namespace {

// Registers that both chips have, from a queue's block; blocks are 0x40 apart.
enum Register : std::uint32_t {
    kBaseLow = 0x00,
    kBaseHigh = 0x04,
    kLength = 0x08,
    kHead = 0x10,
    kTail = 0x18,
    kControl = 0x28
};
constexpr std::uint32_t kBlock = 0x40;
constexpr std::uint32_t kEnable = 1U << 25U;
constexpr std::uint32_t kOneBufferOf2K = 1U << 25U | 2;

struct Chip {
    std::uint32_t rx, tx, srrctl, drop;
};

Chip chip_of(std::uint32_t chip) {
    return chip == BIFURC_CHIP_82599 ? Chip{0x1000, 0x6000, 0x14, 1U << 28U} : Chip{0xc000, 0xe000, 0x0c, 1U << 31U};
}

struct Descriptor {
    std::uint64_t address, rest;
};

constexpr std::size_t kSlots = 64, kPages = 16, kBuffer = 2048;
constexpr std::size_t kTxRing = kPage, kBuffers = 2 * kPage;
constexpr std::uint64_t kFrameLen = 64;
// Advanced data descriptor: DEXT, DTYP, RS, IFCS, EOP.
constexpr std::uint64_t kSend = (1U << 29U | 3U << 20U | 1U << 27U | 1U << 25U | 1U << 24U | kFrameLen) | kFrameLen
                                                                                                              << 46U;

class Borrower {
public:
    Borrower() = default;
    Borrower(const Borrower&) = delete;
    Borrower& operator=(const Borrower&) = delete;
    ~Borrower();

    int begin();
    void start(bool drop);
    void send();
    void stop();
    // All verbs that a running program uses.
    void live(Random& random);
    void end(Random& random);

private:
    int map_pages();
    std::uint64_t bus(std::size_t offset) const { return segments_[offset / kPage] + offset % kPage; }
    volatile std::uint32_t* at(std::uint32_t block, std::uint32_t offset);
    void write(std::uint32_t block, std::uint32_t offset, std::uint32_t value);
    void ring(std::uint32_t block, std::size_t offset);
    void wait_for_interrupt(Random& random);
    void map_memory_for_a_moment();

    int fd_ = kNone;
    Chip chip_{};
    bifurc_split split_{};
    std::byte* memory_ = nullptr;
    std::array<std::uint64_t, kPages> segments_{};
    std::uint64_t mapping_ = 0;
    std::array<std::uint64_t, BIFURC_REGIONS_MAX> page_offsets_{};
    std::array<std::byte*, BIFURC_REGIONS_MAX> pages_{};
    std::size_t page_count_ = 0;
    std::uint32_t sent_ = 0;
};

Borrower::~Borrower() {
    for (std::size_t i = 0; i < page_count_; ++i) ::munmap(pages_[i], kPage);
    if (fd_ >= 0) ::close(fd_);
    // Last: it is not unmapped from the device before its queues have stopped.
    if (memory_ != nullptr) ::munmap(memory_, kPages * kPage);
}

int Borrower::begin() {
    fd_ = attached_socket();
    if (fd_ < 0) return errno;
    bifurc_info info{};
    int err = get(fd_, BIFURC_INFO, info);
    if (err != 0) return err;
    chip_ = chip_of(info.chip);
    err = split(fd_, 1, &split_);
    if (err != 0) return err;
    void* memory = ::mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return errno;
    ::madvise(memory, kPages * kPage, MADV_DONTFORK);
    memory_ = static_cast<std::byte*>(memory);
    std::array<bifurc_dma_segment, kPages> found{};
    err = dma_map(fd_, memory_, kPages * kPage, found.data(), kPages, &mapping_);
    if (err != 0) return err;
    for (const bifurc_dma_segment& segment : found)
        for (std::uint64_t done = 0; done < segment.len; done += kPage)
            segments_[(segment.offset + done) / kPage] = segment.bus + done;
    return map_pages();
}

int Borrower::map_pages() {
    bifurc_regions regions{};
    const int err = get(fd_, BIFURC_REGIONS, regions);
    for (std::uint32_t i = 0; err == 0 && i < regions.count; ++i) {
        const bifurc_region& region = regions.region[i];
        if (region.kind != BIFURC_REGION_BAR) continue;
        void* page =
            ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, static_cast<off_t>(region.mmap_offset));
        if (page == MAP_FAILED) return errno;
        page_offsets_[page_count_] = region.bar_offset;
        pages_[page_count_++] = static_cast<std::byte*>(page);
    }
    return err;
}

volatile std::uint32_t* Borrower::at(std::uint32_t block, std::uint32_t offset) {
    const std::uint32_t where = block + kBlock * split_.first + offset;
    for (std::size_t i = 0; i < page_count_; ++i)
        if (where / kPage * kPage == page_offsets_[i])
            return reinterpret_cast<volatile std::uint32_t*>(pages_[i] + where % kPage);
    return nullptr;
}

void Borrower::write(std::uint32_t block, std::uint32_t offset, std::uint32_t value) {
    volatile std::uint32_t* reg = at(block, offset);
    if (reg != nullptr) guarded([&] { *reg = value; });
}

void Borrower::ring(std::uint32_t block, std::size_t offset) {
    write(block, kBaseLow, static_cast<std::uint32_t>(bus(offset)));
    write(block, kBaseHigh, static_cast<std::uint32_t>(bus(offset) >> 32U));
    write(block, kLength, kSlots * sizeof(Descriptor));
    write(block, kHead, 0);
    write(block, kTail, 0);
}

void Borrower::start(bool drop) {
    auto* descriptors = reinterpret_cast<Descriptor*>(memory_);
    for (std::size_t i = 0; i < kSlots; ++i) descriptors[i] = {bus(kBuffers + i * kBuffer % (14 * kPage)), 0};
    ring(chip_.rx, 0);
    write(chip_.rx, chip_.srrctl, kOneBufferOf2K | (drop ? chip_.drop : 0));
    write(chip_.rx, kControl, kEnable | 1U << 16U);
    write(chip_.rx, kTail, kSlots - 1);
    ring(chip_.tx, kTxRing);
    write(chip_.tx, kControl, kEnable);
}

void Borrower::send() {
    static constexpr std::array<unsigned char, kFrameLen> kFrame{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
                                                                 2,    2,    2,    2,    2,    0x88, 0xb5};
    std::memcpy(memory_ + kBuffers, kFrame.data(), kFrame.size());
    auto* descriptors = reinterpret_cast<Descriptor*>(memory_ + kTxRing);
    descriptors[sent_++ % kSlots] = {bus(kBuffers), kSend};
    write(chip_.tx, kTail, sent_ % kSlots);
}

void Borrower::stop() {
    write(chip_.rx, kControl, 0);
    write(chip_.tx, kControl, 0);
}

void Borrower::wait_for_interrupt(Random& random) {
    const int fd = ::eventfd(0, EFD_NONBLOCK);
    arm_eventfd(fd_, split_, fd);
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1, static_cast<int>(random.below(5)));
    ::close(fd);
}

void Borrower::map_memory_for_a_moment() {
    void* more = ::mmap(nullptr, 4 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::array<bifurc_dma_segment, 4> found{};
    std::uint64_t mapping = 0;
    if (dma_map(fd_, more, 4 * kPage, found.data(), 4, &mapping) == 0) dma_unmap(fd_, mapping);
    if (more != MAP_FAILED) ::munmap(more, 4 * kPage);
}

void Borrower::live(Random& random) {
    bifurc_stats stats{};
    bifurc_events events{};
    switch (random.below(7)) {
        case 0:
            wait_for_interrupt(random);
            break;
        case 1:
            sync_pair(fd_, split_);
            break;
        case 2:
            stats.pair = split_.first;
            get(fd_, BIFURC_STATS, stats);
            break;
        case 3:
            get(fd_, BIFURC_EVENTS, events);
            break;
        case 4:
            map_memory_for_a_moment();
            break;
        default:
            send();
            break;
    }
}

void Borrower::end(Random& random) {
    const auto how = random.below(4);
    if (how == 0) {
        stop();
        if (sync_pair(fd_, split_) == 0) dma_unmap(fd_, mapping_);
    }
    if (how <= 1) give_back(fd_);
    if (how == 2 && random.one_in(8)) ::raise(SIGKILL);
    // Else it is closed while its queues run.
}

int borrow(Worker& worker) {
    Borrower borrower;
    const int err = borrower.begin();
    if (err != 0) return err;
    borrower.start(!worker.random.one_in(4));
    for (auto i = worker.random.below(12); i > 0; --i) borrower.live(worker.random);
    borrower.end(worker.random);
    return 0;
}

constexpr std::array kOperations{Operation{"borrow", 6, borrow}};

}  // namespace

std::span<const Operation> borrow_operations() { return kOperations; }

}  // namespace bifurc::fuzz
