# SPDX-License-Identifier: BSD-3-Clause
"""The administrator's netdev on the simulator."""
from every_rung.netdev import *  # noqa: F403
