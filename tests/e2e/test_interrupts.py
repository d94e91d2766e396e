# SPDX-License-Identifier: BSD-3-Clause
"""Rx interrupts on the simulator."""
from every_rung.interrupts import *  # noqa: F403
