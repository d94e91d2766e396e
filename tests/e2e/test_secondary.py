# SPDX-License-Identifier: BSD-3-Clause
"""Secondary processes on the simulator."""
from every_rung.processes import *  # noqa: F403
