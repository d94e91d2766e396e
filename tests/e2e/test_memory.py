# SPDX-License-Identifier: BSD-3-Clause
"""Memory that comes and goes on the simulator."""
from every_rung.memory import *  # noqa: F403
