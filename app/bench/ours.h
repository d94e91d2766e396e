// SPDX-License-Identifier: BSD-3-Clause
// This project's PMD on a client whose NIC is memory.
#pragma once

#include "port.h"
#include "unit/net/fake_client.h"

namespace bifurc::bench {

class Ours : public Port {
public:
    explicit Ours(const Recipe& recipe);
    ~Ours() override;
    [[nodiscard]] const char* group() const override { return "ours"; }
    // The port exists.
    [[nodiscard]] bool probed() const { return probed_; }
    [[nodiscard]] Rings rings() const override;

private:
    static constexpr unsigned kPair = 32;
    std::string device_name_;
    mutable test::FakeDevice device_;
    bool probed_ = false;
};

}  // namespace bifurc::bench
