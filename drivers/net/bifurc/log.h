// SPDX-License-Identifier: BSD-3-Clause
// pmd.net.bifurc.init: probing, set-up, start and stop. pmd.net.bifurc.driver: everything later.
#pragma once

#include <rte_log.h>

extern "C" {
extern int bifurc_net_init_log;
extern int bifurc_net_driver_log;
}
