// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace bifurc::test {

// What EAL allows drivers that start from now on; until the end of the scope.
class SimdWidth {
public:
    explicit SimdWidth(unsigned bits);
    ~SimdWidth();
    SimdWidth(const SimdWidth&) = delete;
    SimdWidth& operator=(const SimdWidth&) = delete;

private:
    unsigned before_;
};

}  // namespace bifurc::test
