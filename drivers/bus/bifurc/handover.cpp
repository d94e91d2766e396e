// SPDX-License-Identifier: BSD-3-Clause
#include "handover.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_string_fns.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>

#include "log.h"
#include "registry.h"

namespace bifurc::bus {
namespace {

constexpr char kAction[] = "bus_bifurc_socket";

struct Question {
    char device[RTE_DEV_NAME_MAX_LEN];
};
struct Answer {
    int error;  // 0, or a negative errno; with 0 a descriptor comes along
};
static_assert(sizeof(Question) <= RTE_MP_MAX_PARAM_LEN && sizeof(Answer) <= RTE_MP_MAX_PARAM_LEN);

template <class T>
rte_mp_msg message_with(const T& body) noexcept {
    rte_mp_msg message{};
    rte_strscpy(message.name, kAction, sizeof(message.name));
    message.len_param = sizeof(T);
    std::memcpy(message.param, &body, sizeof(T));
    return message;
}

template <class T>
bool read_message(const rte_mp_msg& message, T& body) noexcept {
    if (message.len_param != sizeof(T)) return false;
    std::memcpy(&body, message.param, sizeof(T));
    return true;
}

int answer_secondary(const rte_mp_msg* request, const void* peer) noexcept {
    Question question{};
    if (!read_message(*request, question)) return -1;
    question.device[sizeof(question.device) - 1] = '\0';
    const Device* device = find_device(question.device);
    const bool open = device != nullptr && device->handle != nullptr;
    rte_mp_msg reply = message_with(Answer{open ? 0 : -ENODEV});
    if (open) {
        reply.num_fds = 1;
        reply.fds[0] = rte_bifurc_fd(device->handle);
    }
    return rte_mp_reply(&reply, static_cast<const char*>(peer));
}

struct FreeMessages {
    void operator()(rte_mp_msg* messages) const noexcept { std::free(messages); }  // as EAL asks for
};

}  // namespace

void serve_secondaries() noexcept {
    const int errno_before = rte_errno;
    if (rte_mp_action_register(kAction, answer_secondary) != 0 && rte_errno != EEXIST && rte_errno != ENOTSUP)
        log(RTE_LOG_WARNING, "bifurc", "Secondary processes cannot use the devices: %s.", rte_strerror(rte_errno));
    rte_errno = errno_before;
}

int socket_of_primary(const char* device_name) noexcept {
    constexpr timespec kDeadline{5, 0};
    Question question{};
    rte_strscpy(question.device, device_name, sizeof(question.device));
    rte_mp_msg request = message_with(question);
    struct rte_mp_reply reply {};
    if (rte_mp_request_sync(&request, &reply, &kDeadline) != 0) return rte_errno != 0 ? -rte_errno : -ETIMEDOUT;
    const std::unique_ptr<rte_mp_msg, FreeMessages> messages{reply.msgs};
    Answer answer{-EPROTO};
    if (reply.nb_received != 1 || !read_message(reply.msgs[0], answer)) return -EPROTO;
    if (answer.error != 0) return answer.error;
    return reply.msgs[0].num_fds == 1 ? reply.msgs[0].fds[0] : -EPROTO;
}

}  // namespace bifurc::bus
