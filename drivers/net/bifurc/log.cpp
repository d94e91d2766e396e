// SPDX-License-Identifier: BSD-3-Clause
#include "log.h"

extern "C" {
RTE_LOG_REGISTER(bifurc_net_init_log, pmd.net.bifurc.init, NOTICE)
RTE_LOG_REGISTER(bifurc_net_driver_log, pmd.net.bifurc.driver, NOTICE)
}
