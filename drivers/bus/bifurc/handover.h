// SPDX-License-Identifier: BSD-3-Clause
// A secondary process uses the split that its primary holds: the primary hands its socket over by EAL's channel. What
// the secondary then maps and attaches hangs on the same open file.
#pragma once

namespace bifurc::bus {

// In the primary: answers secondaries from now on. Without a channel (--no-shconf, --in-memory) there are none.
void serve_secondaries() noexcept;

// In a secondary: a descriptor of the socket behind the primary's device of this name, or a negative errno.
[[nodiscard]] int socket_of_primary(const char* device_name) noexcept;

}  // namespace bifurc::bus
