// SPDX-License-Identifier: BSD-3-Clause
// What INFO's numbers are called where programs read it: bifurc-ctl --json, telemetry.
#pragma once

#include "bifurc_uapi.h"

namespace bifurc {

inline const char* chip_name(const bifurc_info& info) {
    switch (info.chip) {
        case BIFURC_CHIP_82599:
            return "82599";
        case BIFURC_CHIP_82576:
            return "82576";
        default:
            return "unknown";
    }
}

inline const char* pages_name(const bifurc_info& info) {
    return info.page_protection == BIFURC_PAGES_EXCLUSIVE ? "exclusive" : "shared";
}

inline const char* dma_name(const bifurc_info& info) {
    return info.dma_protection == BIFURC_DMA_IOMMU ? "iommu" : "none";
}

inline bool has_marks(const bifurc_info& info) { return (info.features & BIFURC_FEATURE_MARKS) != 0; }

inline bool all_owned(const bifurc_info& info) { return (info.features & BIFURC_FEATURE_ALL_OWNED) != 0; }

}  // namespace bifurc
