// SPDX-License-Identifier: BSD-3-Clause
// EVENTFD: what may be attached to which pair.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "abi.h"

namespace bifurc::abi {
namespace {

class Eventfd : public SplitTest {
protected:
    int call(int eventfd, std::uint32_t flags = 0) { return call_pair(held_.first, eventfd, flags); }
    int call_pair(std::uint32_t pair, int eventfd, std::uint32_t flags = 0) {
        bifurc_eventfd request{};
        request.flags = flags;
        request.pair = pair;
        request.fd = eventfd;
        request.generation = held_.generation;
        return set(fd(), BIFURC_EVENTFD, request);
    }
    Fd event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

TEST_F(Eventfd, IsAttachedArmedAndDetached) {
    const int code = call(event_.get());
    if (code == EOPNOTSUPP) GTEST_SKIP() << "the driver gives split queues no interrupts";
    EXPECT_EQ(code, 0);
    EXPECT_EQ(call(BIFURC_EVENTFD_KEEP, BIFURC_EVENTFD_ARM), 0);
    EXPECT_EQ(call(-1), 0);
    EXPECT_EQ(call(-1), 0);  // nothing attached any more: nothing to do
}

TEST_F(Eventfd, ThatIsNoneIsRefused) {
    Fd closed{::dup(event_.get())};
    const int number = closed.get();
    closed.close();
    const int code = call(number);  // the number of a descriptor, but of none that is open
    EXPECT_TRUE(code == EBADF || code == EINVAL) << code;
    EXPECT_EQ(call(Fd{::open("/dev/null", O_RDWR | O_CLOEXEC)}.get()), EINVAL);
    EXPECT_EQ(call(fd()), EINVAL);
    EXPECT_EQ(call(-3), EINVAL);
}

TEST_F(Eventfd, OfAPairThatIsNotOursIsEinval) {
    for (const std::uint32_t pair : {held_.first + 1, 0u, UINT32_MAX}) EXPECT_EQ(call_pair(pair, -1), EINVAL) << pair;
}

TEST_F(Eventfd, ArmedWithoutOneIsEinval) {
    EXPECT_EQ(call(-1, BIFURC_EVENTFD_ARM), EINVAL);
    EXPECT_EQ(call(BIFURC_EVENTFD_KEEP, BIFURC_EVENTFD_ARM), EINVAL);
}

}  // namespace
}  // namespace bifurc::abi
