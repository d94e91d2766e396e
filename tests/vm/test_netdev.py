# SPDX-License-Identifier: BSD-3-Clause
"""The administrator's netdev under the kernel's drivers."""
from every_rung.netdev import *  # noqa: F403
