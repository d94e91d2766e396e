// SPDX-License-Identifier: BSD-3-Clause
// The verbs as they are meant, by plain system calls. All answer an errno, 0 for success.
#ifndef FUZZ_VERBS_CALLS_H
#define FUZZ_VERBS_CALLS_H

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "bifurc/bifurc_uapi.h"

namespace bifurc::fuzz {

inline constexpr std::size_t kPage = 4096;
inline constexpr const char* kNetdev = "eth0";

int get_verb(int fd, int verb, void* value, socklen_t len);
int set_verb(int fd, int verb, const void* value, socklen_t len);

template <typename T>
int get(int fd, int verb, T& value) {
    value.size = sizeof(value);
    return get_verb(fd, verb, &value, sizeof(value));
}

template <typename T>
int set(int fd, int verb, T value) {
    value.size = sizeof(value);
    return set_verb(fd, verb, &value, sizeof(value));
}

// A packet socket bound to the netdev, or -1.
int bound_socket();
int attach(int fd, int which);
// Bound and attached, or -1.
int attached_socket();

int split(int fd, std::uint32_t pairs, bifurc_split* answer);
int give_back(int fd);
int dma_map(int fd, const void* at, std::size_t len, bifurc_dma_segment* segments, std::uint32_t room,
            std::uint64_t* id);
int dma_unmap(int fd, std::uint64_t id);
int sync_pair(int fd, const bifurc_split& split);
// Lets the pair's next interrupt signal the eventfd.
int arm_eventfd(int fd, const bifurc_split& split, int eventfd);

}  // namespace bifurc::fuzz

#endif  // FUZZ_VERBS_CALLS_H
